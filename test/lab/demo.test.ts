import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** The plan has the text of a NodeConfig, and where it goes. */
const linesOf = (section: string) => (section.startsWith('── How to fix a cluster') ? 70 : 50);

it('shows each section of npm start on a screen of 50 lines and a plan on one of 70, in 120 columns', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/lab/demo.ts'], { encoding: 'utf8' });
  const sections = stdout.split(/^(?=── )/m);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(sections.length).toBe(11);
  expect(stdout).not.toContain('[object ');
  expect(sections.at(-1)?.match(/^ {2}npm run .*/gm)).toHaveLength(3);
  expect(sections.filter((each) => each.trimEnd().split('\n').length > linesOf(each))).toEqual([]);
  expect(stdout.split('\n').filter((line) => line.length > 120 && !line.startsWith('The page: '))).toEqual([]);
});
