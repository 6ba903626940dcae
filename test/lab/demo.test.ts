import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('shows each section of npm start on a screen of 50 lines, in 120 columns', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/lab/demo.ts'], { encoding: 'utf8' });
  const sections = stdout.split(/^(?=── )/m);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(sections.length).toBe(9);
  expect(stdout).not.toContain('[object ');
  expect(sections.filter((each) => each.trimEnd().split('\n').length > 50)).toEqual([]);
  expect(stdout.split('\n').filter((line) => line.length > 120 && !line.startsWith('The page: '))).toEqual([]);
});
