import { describe, expect, it } from 'vitest';
import { remedyMarker } from '../../../../../lambda/contract/remediation-names.ts';
import { type RunbookStep, runbookNodeEnds } from '../../../../../lambda/core/fix/remediation/run/runbook-end.ts';

const instanceId = 'i-1';
const step = (name: string, status: string, output = ''): RunbookStep => ({ name, status, instanceId, output });
const answer = (outcome: string, words = 'because', more = '') =>
  `${remedyMarker}\noutcome=${outcome}\nreason=a-reason\nwords=${words}\n${more}end=4\n`;
const online = step('machineIsOnline', 'Success');
const gone = { state: 'untouched', because: 'Systems Manager has no connection to the machine, or no longer knows it' };

describe('what became of a node of a runbook', () => {
  it.each<[string, readonly RunbookStep[], object]>([
    ['has not been reached', [], { state: 'waiting' }],
    ['is being looked for', [step('machineIsOnline', 'InProgress')], { state: 'waiting' }],
    ['is not online', [step('machineIsOnline', 'Failed')], gone],
    ['refused', [online, step('change', 'Success', answer('refused'))], { state: 'untouched', because: 'because' }],
    [
      'gave only a reason',
      [online, step('change', 'Success', answer('refused', ''))],
      { state: 'untouched', because: 'a-reason' },
    ],
    [
      'was changed and confirmed',
      [online, step('change', 'Success', answer('changed')), step('readAgain', 'Success')],
      { state: 'done' },
    ],
    [
      'was changed and not confirmed',
      [online, step('change', 'Success', answer('changed')), step('readAgain', 'Failed', answer('refused', 'runs on'))],
      { state: 'lost', because: 'it was changed, and that is not confirmed: runs on' },
    ],
    [
      'was changed when the runbook was cancelled',
      [online, step('change', 'Success', answer('changed'))],
      { state: 'lost', because: 'it was changed, and that is not confirmed: it was not read again' },
    ],
    [
      'was put back',
      [online, step('change', 'Failed', answer('restored', 'not well')), step('commandNeverRan', 'Failed')],
      { state: 'restored', because: 'not well' },
    ],
    [
      'did not come back',
      [online, step('change', 'Failed', answer('failed', 'not well')), step('commandNeverRan', 'Failed')],
      { state: 'lost', because: 'not well' },
    ],
    [
      'said nothing',
      [online, step('change', 'TimedOut'), step('commandNeverRan', 'Failed')],
      { state: 'lost', because: 'the command ended as TimedOut' },
    ],
    [
      'did not get the command',
      [online, step('change', 'Failed', 'Undeliverable'), step('commandNeverRan', 'Success')],
      { state: 'untouched', because: 'the command did not reach the machine' },
    ],
  ])('is known when it %s', (_what, steps, outcome) => {
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
