import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

// After `npm ci`, on whatever Node it ran: npm 10, which comes with Node 20 and 22, takes the link `node_modules/.bin/node` away again when it leaves out
// the package of the other architecture. Without it every npm script would run on the machine's own Node.
const modules = join(process.cwd(), 'node_modules');
const name = `node-linux-${process.arch}`;
const link = join(modules, '.bin/node');

if (existsSync(join(modules, name, 'bin/node')) && !existsSync(link)) {
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(`../${name}/bin/node`, link);
}
