for (const name of ["a", "b"]) {
  publish(`made_${name}`, { type: "table" }).query((ctx) => `select * from ${ctx.ref(undefined_name)}`);
}
