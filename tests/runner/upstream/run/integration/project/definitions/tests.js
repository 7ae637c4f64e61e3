const rows = (...lists) =>
  lists
    .map((values) => `select ${["place", "n", "height", "calm"].map((name, i) => `${values[i]} as ${name}`).join(", ")}`)
    .join("\nunion all\n");
const three = [["'quay'", 1, 3.5, true], ["'pier'", 2, 6.5, false], ["'lock'", 3, 9.5, true]];
const at = (list) => list.map((values, i) => `select * from (${rows(values)}) as one cross join (select cast('2024-02-2${i} 06:00:00' as timestamp) as read_at) as two`).join("\nunion all\n");

test("agrees").dataset("levels").input("readings", at(three)).expect(at(three));

test("expects a row more").dataset("levels").input("readings", rows(three[0], three[1])).expect(rows(...three));

test("expects a column less")
  .dataset("levels")
  .input("readings", rows(...three))
  .expect(`select place, n, height from (${rows(...three)}) as expected`);

test("expects another column")
  .dataset("levels")
  .input("readings", `select place, n, height, calm as stormy from (${rows(...three)}) as input`)
  .expect(rows(...three));

test("expects other cells")
  .dataset("levels")
  .input("readings", rows(["'quay'", 5, 3.5, true], ["'pier'", 2, 12, false], ["'dock'", 3, 9.5, true]))
  .expect(rows(...three));
