import { describe, expect, it } from 'vitest';
import { remedyMarker } from '../../../../../lambda/contract/remediation-names.ts';
import { type RunbookStep, runbookNodeEnds } from '../../../../../lambda/core/fix/remediation/run/runbook.ts';

const instanceId = 'i-1';
const step = (name: string, status: string, output = ''): RunbookStep => ({ name, status, instanceId, output });
const answer = (outcome: string, words = 'because', more = '') =>
  `${remedyMarker}\noutcome=${outcome}\nreason=a-reason\nwords=${words}\n${more}end=4\n`;
const online = step('machineIsOnline', 'Success');
const ran = step('commandNeverRan', 'Failed');
const gone = 'untouched: Systems Manager has no connection to the machine, or no longer knows it';

describe('what became of a node of a runbook', () => {
  const changed = (status: string, output = '') => step('change', status, output);
  const notConfirmed = 'lost: its change was not kept, so the node puts its old state back within ten minutes';
  const isChanged = [online, changed('Success', answer('changed'))];
  const runsOn = step('readAgain', 'Failed', answer('refused', 'runs on'));
  const unsent = [online, changed('Failed', 'Undeliverable'), step('commandNeverRan', 'Success')];
  it.each<[string, readonly RunbookStep[], string]>([
    ['has not been reached', [], 'waiting'],
    ['is being looked for', [step('machineIsOnline', 'InProgress')], 'waiting'],
    ['is not online', [step('machineIsOnline', 'Failed')], gone],
    ['refused', [online, changed('Success', answer('refused'))], 'untouched: because'],
    ['gave only a reason', [online, changed('Success', answer('refused', ''))], 'untouched: a-reason'],
    ['was changed and confirmed', [...isChanged, step('readAgain', 'Success')], 'done'],
    ['was changed and not confirmed', [...isChanged, runsOn], `${notConfirmed}: runs on`],
    ['was changed when the runbook was cancelled', isChanged, `${notConfirmed}: it was not read again`],
    ['was put back', [online, changed('Failed', answer('restored', 'not well')), ran], 'restored: not well'],
    ['did not come back', [online, changed('Failed', answer('failed', 'not well')), ran], 'lost: not well'],
    ['said nothing', [online, changed('TimedOut'), ran], 'lost: the command ended as TimedOut'],
    ['did not get the command', unsent, 'untouched: the command did not reach the machine'],
  ])('is known when it %s', (_what, steps, expected) => {
    const [state, because] = expected.split(/: (.*)/s);
    const outcome = { state, ...(because !== undefined && { because }) };
    expect(runbookNodeEnds([instanceId], steps)).toEqual([{ instanceId, outcome }]);
    // Steps of other machines, and of the runbook itself, say nothing of it.
    const others = steps.map((each) => ({ ...each, instanceId: 'i-2' }));
    expect(runbookNodeEnds([instanceId], others)).toEqual([{ instanceId, outcome: { state: 'waiting' } }]);
  });

  it('takes no line of the kubelet’s log into a message, and bounds what a node says', () => {
    const output = answer('failed', `\u001b[2J${'x'.repeat(5000)}`, 'log=E1128 a secret\n');
    const [end] = runbookNodeEnds([instanceId], [online, step('change', 'Failed', output)]);
    const { because } = Object(end?.outcome);
    expect(because).not.toContain('secret');
    expect(because.length).toBeLessThanOrEqual(301);
    expect(because).not.toContain('\u001b');
  });
});
