import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

// After `npm ci`: npm 10, which comes with Node 20 and 22, deletes the link `node_modules/.bin/node` again when it leaves out the package of the
// other architecture. Without the link, every npm script would run on the machine's own Node.
const modules = join(process.cwd(), 'node_modules');
const name = `node-linux-${process.arch}`;
const link = join(modules, '.bin/node');

if (existsSync(join(modules, name, 'bin/node')) && !existsSync(link)) {
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(`../${name}/bin/node`, link);
}
