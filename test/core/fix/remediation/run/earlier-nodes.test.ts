import { describe, expect, it } from 'vitest';
import { planRemediation } from '../../../../../lambda/core/fix/remediation/plan-remediation.ts';
import {
  type EarlierNode,
  newProgress,
  type Progress,
  resumed,
  undoing,
} from '../../../../../lambda/core/fix/remediation/run/progress.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { NodeKind } from '../../../../../lambda/core/model/model.ts';
import { audited, judgedNode, mainFile, nodeOfKind, seen } from '../failing-audit.ts';

const port = { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile.al2 } } } as const;
const failing = (number: number, kind: NodeKind = 'al2') =>
  judgedNode({ facts: seen(kind, { settings: port }) }, nodeOfKind(kind, number));
const fine = (number: number) => judgedNode({ facts: seen('al2', {}) }, nodeOfKind('al2', number));
const idOf = (number: number) => `i-${number.toString(16).padStart(17, '0')}`;
const sent = (number: number, outcome?: EarlierNode['outcome']): EarlierNode => ({
  instanceId: idOf(number),
  controls: ['kubelet-read-only-port'],
  ...(outcome && { outcome }),
});
const shown = ({ groups }: Progress) =>
  groups.flatMap(({ nodes }) => nodes.map(({ key, state }) => `${Number.parseInt(key.slice(2), 16)} ${state}`));

describe('a run that goes on', () => {
  const audit = audited([fine(1), failing(2), failing(3), failing(4)]);
  const work = newProgress(planRemediation(audit, { controls }));

  it('counts what it changed as done, and takes what failed last', () => {
    const earlier = [sent(1, 'changed'), sent(2, 'restored')];
    expect(shown(resumed(work, audit, earlier))).toEqual(['1 done', '3 waiting', '4 waiting', '2 waiting']);
  });

  it('counts nothing as done whose end it does not know, or that the plan still has', () => {
    expect(shown(resumed(work, audit, [sent(1)]))).toEqual(['2 waiting', '3 waiting', '4 waiting']);
    expect(shown(resumed(work, audit, [sent(2, 'changed')]))).toEqual(['3 waiting', '4 waiting', '2 waiting']);
  });

  it.each(['refused', 'restored', 'failed', 'undone', 'dry-run'] as const)(
    'does not count a node as done that the run left %s, though it passes now',
    (outcome) => {
      expect(shown(resumed(work, audit, [sent(1, outcome)]))).toEqual(['2 waiting', '3 waiting', '4 waiting']);
    },
  );

  it('takes every other group before what failed in the first one', () => {
    const mixed = audited([failing(1), failing(2), failing(5, 'al2023')]);
    const begun = resumed(newProgress(planRemediation(mixed, { controls })), mixed, [sent(1, 'restored')]);
    expect(shown(begun)).toEqual(['2 waiting', '5 waiting', '1 waiting']);
  });

  it('is the plan where nothing was sent before', () => {
    expect(resumed(work, audit, [])).toEqual(work);
  });
});

describe('a run that is undone', () => {
  const audit = audited([fine(1), fine(2), failing(3)]);

  it('is about the nodes that it changed or may have changed and that are still there, each once', () => {
    const earlier = [sent(1, 'changed'), sent(1, 'already'), sent(2), sent(3, 'refused'), sent(9, 'changed')];
    expect(shown(undoing(audit, earlier))).toEqual(['1 waiting', '2 waiting']);
  });

  it('takes all controls of its commands on a node, and what they changed, the newest first', () => {
    const change = (name: string) => ({ kind: 'setting', file: '/a', name, before: '', after: '0' });
    const [one, other] = [change('one'), change('other')];
    const earlier: readonly EarlierNode[] = [
      { ...sent(1, 'changed'), changes: [one] },
      { ...sent(1, 'refused'), controls: ['kubelet-event-qps'] },
      { ...sent(1, 'changed'), controls: ['kubelet-client-ca-file'], changes: [other] },
    ];
    expect(undoing(audit, earlier).groups[0]?.nodes).toMatchObject([
      { controls: ['kubelet-read-only-port', 'kubelet-client-ca-file'], changes: [other, one] },
    ]);
  });

  it.each([
    [{ nodes: [idOf(2)] }, ['2 waiting']],
    [{ skipped: [idOf(2)] }, ['1 waiting']],
    [{ groups: ['others'] }, []],
    [{ limit: 1 }, ['1 waiting']],
  ])('may be undone in part: %j', (chosen, expected) => {
    expect(shown(undoing(audit, [sent(1), sent(2)], chosen))).toEqual(expected);
  });
});
