const other = require("../../problems.txt");
