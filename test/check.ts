import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import pMap from 'p-map';

// `npm run check`: what needs no test runs side by side, two at a time; what each printed comes whole and in this order. Once all are fine, the tests
// follow: their counts are the last line.
const sideBySide = ['types', 'lint', 'imports', 'dead'];

const outputs = sideBySide.map(() => Promise.withResolvers<string>());
const codes = pMap(
  sideBySide,
  async (name, index) => {
    const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await once(child, 'close');
    outputs[index]?.resolve(`\n> ${name}${code === 0 ? '' : `: failed with ${code}`}\n${(await printed).join('')}`);
    return Number(code ?? 1);
  },
  { concurrency: 2 },
);
for (const { promise } of outputs) process.stdout.write(await promise);

const failed = (await codes).find((code) => code !== 0);
if (failed !== undefined) process.exitCode = failed;
else {
  const tests = spawn('npm', ['run', '--silent', 'test:unit'], { stdio: 'inherit' });
  process.exitCode = Number((await once(tests, 'close'))[0] ?? 1);
}
