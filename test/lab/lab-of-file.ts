import { afterAll } from 'vitest';
import { type Lab, startLab } from './lab.ts';

/** A lab with these accounts for all tests of the file that calls this, until they are over. The program's AWS clients lead to it. */
export async function labOfFile(...accountIds: readonly string[]): Promise<Lab> {
  const lab = await startLab();
  for (const each of accountIds) lab.addAccount(each);
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
  afterAll(async () => {
    delete process.env['AWS_ENDPOINT_URL'];
    await lab.close();
  });
  return lab;
}
