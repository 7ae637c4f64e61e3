// Puts the built modules of each command into few files, below dist/bin. Finding, reading and linking a hundred small modules takes
// longer than a small command itself. CommonJS, because Node starts it sooner than modules.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = await rolldown({
  cwd: root,
  input: { tidemark: 'dist/cli/start.js' },
  platform: 'node',
  // Packages stay where they are installed, native parts and all; but every command needs commander, and the runtime is the bundler's own.
  external: (name) => !/^[./]|^commander$|^@oxc-project\/runtime/.test(name),
});
await bundle.write({
  dir: 'dist/bin',
  format: 'cjs',
  // Without comments and white space there is less to read; names stay, for the stack of an error.
  minify: { compress: false, mangle: false },
  entryFileNames: '[name].cjs',
  chunkFileNames: 'parts/[name].cjs',
  cleanDir: true,
  // What nearly every command needs, in one file: a file costs a third of a millisecond.
  codeSplitting: {
    groups: [
      {
        name: 'common',
        test: /dist\/(cli\/(context|dataset|flags|step|warehouse)|core\/(format|workspace|consoles\/json)|warehouse\/(spelling|statement-end|target))\.js$/,
      },
    ],
  },
});
