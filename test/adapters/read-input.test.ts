import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readInput } from '../../lambda/adapters/read-input.ts';

it('hears no endless standard input out', async () => {
  let pieces = 0;
  const endless = Readable.from(
    (function* () {
      for (; pieces < 1_000; pieces += 1) yield 'x'.repeat(100_000);
    })(),
  );

  await expect(readInput('-', endless)).rejects.toThrow(/larger than 5 MB/);
  expect(pieces).toBeLessThan(100);
});

it('hears no endless file out', async () => {
  await expect(readInput('/dev/zero', Readable.from([]))).rejects.toThrow(/larger than 5 MB/);
});

it('reads UTF-16 as PowerShell writes it', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('kubelet –v\r\n', 'utf16le')]);
  expect((await readInput('-', Readable.from([bytes]))).text).toBe('kubelet –v\r\n');
});
