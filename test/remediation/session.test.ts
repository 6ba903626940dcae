import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { recordedSession } from './recorded-session.ts';
import { type RemediableEstate, startRemediableEstate } from './remediable-estate.ts';

let estate: RemediableEstate;
let state: string;
beforeAll(async () => {
  estate = await startRemediableEstate();
  state = await mkdtemp(join(tmpdir(), 'state-'));
  for (const [name, value] of Object.entries({ ...estate.environment(), XDG_STATE_HOME: state }))
    vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await estate?.close();
  await rm(state, { recursive: true });
});

it.skipIf(!canEnterRoots())(
  'docs/remediation-session.txt is what a person sees of a change that is stopped, continued and undone',
  async () => {
    await estate.addCluster('payments', { api: 1, web: 2 });
    const session = await recordedSession('payments', state);
    await expect(session).toMatchFileSnapshot('../../docs/remediation-session.txt');

    // Where a command leaves something open, its last lines name the command that goes on.
    const [stopped = '', listed = '', resumed = '', undone = ''] = session.split(/^(?=\$ )/m);
    expect(stopped).toMatch(
      /1 node not begun: you stopped the run\n {2}--resume RUN goes on with this run\.\n {2}--undo RUN puts/,
    );
    expect(stopped).toMatch(/\(exit code 130\)/);
    expect(listed).toContain('next: remediate payments --resume RUN');
    expect(resumed).toMatch(/2 of 2 nodes fixed[\s\S]*--undo RUN puts the previous files back[\s\S]*\(exit code 0\)/);
    expect(undone).toMatch(/2 of 2 nodes put back in cluster payments[\s\S]*\(exit code 0\)/);
  },
);
