/** What a user can do about a problem decides the exit code: 1 the run or a check failed, 2 the request was impossible. */
export interface ErrorKind {
  readonly exit: 1 | 2;
  /** One sentence for `docs/errors.md`: what it means. */
  readonly means: string;
  /** One sentence for `docs/errors.md`: the way out. */
  readonly wayOut: string;
}

/** Every error that Tidemark reports by intent. Codes are stable: scripts match on them. */
export const ERROR_CODES = {
  USAGE: {
    exit: 2,
    means: 'The command line holds an unknown command, flag or value.',
    wayOut: 'Read `tidemark <command> --help`; the message names the nearest match.',
  },
  PORT_TAKEN: {
    exit: 2,
    means: 'The port that a server was to listen on is in use.',
    wayOut: 'Choose another with `--port`, or leave the flag out for a free one.',
  },
  PROJECT_NOT_FOUND: {
    exit: 2,
    means: 'The folder is no Dataform project: it has neither `dataform.json` nor `workflow_settings.yaml`.',
    wayOut: 'Run the command in the project folder or pass `--project-dir`.',
  },
  PATH_OUTSIDE: {
    exit: 2,
    means: 'A path or name leads outside the folder in which it must lie.',
    wayOut: 'Use a plain name without `..` or a leading slash.',
  },
  CONFIG_NOT_FOUND: {
    exit: 2,
    means: 'A configuration file that the command needs does not exist.',
    wayOut: 'The message lists what exists; names are file names without `.yaml`.',
  },
  CONFIG_SYNTAX: {
    exit: 2,
    means: 'A YAML file cannot be parsed.',
    wayOut: 'Mend the file at the line and column named.',
  },
  CONFIG_UNKNOWN_KEY: {
    exit: 2,
    means: 'A YAML file holds a key that its schema does not know, most often a misspelling.',
    wayOut: 'Use the nearest key, which the message names, or remove it.',
  },
  CONFIG_INVALID: {
    exit: 2,
    means: 'A value in a YAML file has the wrong type, is out of range, missing, or contradicts another.',
    wayOut: 'The message says what was found and what was expected.',
  },
  COMPILE_FAILED: {
    exit: 1,
    means: 'The Dataform project does not compile.',
    wayOut: 'Each problem names its file, action and line; mend them and compile again.',
  },
  NOT_GOOGLESQL: {
    exit: 1,
    means:
      'A statement compiled for BigQuery holds what GoogleSQL does not have; or, as a warning, what BigQuery reads in another way than DuckDB and Postgres.',
    wayOut: 'Write what the message says, or a macro with a spelling for each engine (`includes/sql.js`).',
  },
  FORMATTER_MISSING: {
    exit: 2,
    means: 'The formatter of the stock Dataform CLI is not there, so nothing can be formatted.',
    wayOut:
      'Install the packages of this project anew with `npm ci`; they hold the version of `@dataform/cli` that is needed.',
  },
  FORMAT_FAILED: {
    exit: 1,
    means: 'A file does not parse, or its formatted text could not be trusted; the file is as it was.',
    wayOut: 'Mend the line that the message names.',
  },
  NOT_FORMATTED: {
    exit: 1,
    means: '`tidemark format --check` found files that formatting would change; nothing was written.',
    wayOut: 'Run `tidemark format`; add `--diff` to see what would change.',
  },
  SELECTION_EMPTY: {
    exit: 2,
    means: 'A selector matches nothing: no action, unit test or file.',
    wayOut: 'The message lists the nearest names; `tidemark compile` lists all actions.',
  },
  SELECTION_AMBIGUOUS: {
    exit: 2,
    means: 'A bare action name matches more than one action.',
    wayOut: 'Write `schema.name`; the message lists the matches.',
  },
  RUN_FAILED: {
    exit: 1,
    means: 'At least one action of the run failed; its dependents were skipped and the rest ran.',
    wayOut: 'Read the failed actions in the summary or in the run record.',
  },
  ACTION_FAILED: {
    exit: 1,
    means: 'The engine refused a statement of an action.',
    wayOut: 'The message holds the engine text and the file of the action.',
  },
  ASSERTION_FAILED: {
    exit: 1,
    means: 'An assertion found rows that should not exist.',
    wayOut: 'Query the assertion view named in the message to see the rows.',
  },
  TEST_FAILED: {
    exit: 1,
    means: 'A unit test of a model found other rows than it expects.',
    wayOut: 'The message shows the cells that differ; mend the model or the test.',
  },
  TESTS_NOT_FOUND: {
    exit: 1,
    means: 'Unit tests were to run, and the project has none, so nothing was tested.',
    wayOut: 'Write one (`type: "test"`, docs/unit-tests.md), or leave the command out.',
  },
  RUN_CANCELLED: {
    exit: 1,
    means: 'The run was interrupted or reached its time limit; what had not started is reported as cancelled.',
    wayOut: 'Run it again; finished actions are whole, unfinished ones were rolled back.',
  },
  RUN_KILLED: {
    exit: 1,
    means:
      'A run ended with no word: its process was killed, or the machine stopped. Every table is the old one or the new one.',
    wayOut: '`tidemark run --resume` goes on with it; `tidemark run` starts anew.',
  },
  WAREHOUSE_LOCKED: {
    exit: 1,
    means: 'Another process holds the database file.',
    wayOut: 'Close the process that the message names, or wait for it.',
  },
  WAREHOUSE_FAILED: {
    exit: 1,
    means: 'The warehouse could not be opened or a statement outside an action failed.',
    wayOut: 'Read the engine text in the message.',
  },
  RIGHTS_MISSING: {
    exit: 1,
    means: 'The role of the database connection may not do what the run has to; nothing was changed.',
    wayOut: 'Let the owner of the database or an administrator run the statement that the message shows.',
  },
  RAW_NOT_FOUND: {
    exit: 2,
    means: 'There are no raw files to load for the data set.',
    wayOut: 'Run `tidemark generate` first, or put the files where the contract says.',
  },
  RAW_OTHER_WORLD: {
    exit: 2,
    means: 'The folder of a synthetic world holds another one, and a single day of a second one would not fit in.',
    wayOut: 'Run `tidemark generate` without `--day`, which replaces the world as a whole, or `tidemark clean` first.',
  },
  RAW_FOREIGN: {
    exit: 2,
    means:
      'The folder of a synthetic world holds files that the generator did not make, which a new world would replace.',
    wayOut: 'Move the files elsewhere, or pass `--force` to delete them.',
  },
  RAW_COLUMN_MISSING: {
    exit: 1,
    means: 'A raw file lacks a column that the contract requires.',
    wayOut: 'Mend the file or the contract; the file was not loaded, other files were.',
  },
  SCORE_TOO_LOW: {
    exit: 1,
    means: 'A contract deals with a smaller share of a kind of fault than `scenario score --at-least` asks for.',
    wayOut: 'Let the contract of the source say more: a range, allowed values, a rule, another severity.',
  },
  RAW_COLUMN_NEW: {
    exit: 1,
    means:
      'A raw file has a field of which its contract says nothing, and the contract warns of such files or refuses them.',
    wayOut:
      'Map the field to a column, list it under `drift.ignored`, or choose another policy under `drift.new_columns`.',
  },
  RAW_UNREADABLE: {
    exit: 1,
    means: 'A raw file cannot be read at all: it is truncated, not in the format of its contract, or not readable.',
    wayOut: 'Mend or remove the file; it was not loaded, other files were.',
  },
  MODEL_NOT_FOUND: {
    exit: 2,
    means: 'The compiled graph has no table that is marked for learning, or the warehouse does not hold it.',
    wayOut: 'Run `tidemark run` first; mark the columns in the SQLX config block.',
  },
  MART_NOT_FOUND: {
    exit: 2,
    means: 'What was to be exported is no table of the schema `marts`, is disabled, or is not in the warehouse.',
    wayOut: 'Use the nearest name, which the message gives, or run `tidemark run` first.',
  },
  TRAINING_IMPOSSIBLE: {
    exit: 1,
    means: 'The training data cannot teach anything: too few rows, one class only, or values that are not finite.',
    wayOut: 'The message says which; widen the period or mend the features.',
  },
  LEAKAGE: {
    exit: 1,
    means: 'A leakage check found that the training data knows the future.',
    wayOut: 'The message names the feature or rows; remove the feature or mend the model that makes it.',
  },
  NOTHING_TO_DOCUMENT: {
    exit: 2,
    means: 'No run record exists for the data set yet, so there is nothing to put on the site.',
    wayOut: 'Run `tidemark run` or `tidemark pipeline` first.',
  },
  VERDICTS_MISSING: {
    exit: 2,
    means: 'No row was loaded, or the models that judge rows by their contract have not been run since.',
    wayOut: 'Run `tidemark load` and `tidemark run` first.',
  },
  QUALITY_TOO_LOW: {
    exit: 1,
    means: 'The rejected share of a batch reaches the criticality that `--fail-on` names.',
    wayOut: 'Read the report that the message names; `tidemark rejects` lists the rows with their reasons.',
  },
  ALERT_NOT_SENT: {
    exit: 1,
    means:
      'The webhook that is to be told of a bad batch did not take the message. It is a warning: the report stands.',
    wayOut:
      'Look at the environment variable that `configs/monitor.yaml` names; the next `tidemark quality` tries again.',
  },
  DISK: {
    exit: 1,
    means: 'A file could not be written: the disk is full or the folder is not writable.',
    wayOut: 'Free space or change the permissions, then run the command again.',
  },
  UNEXPECTED: {
    exit: 1,
    means: 'A defect in Tidemark itself.',
    wayOut: 'Run again with `--debug` for the stack and report it.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CODES;
