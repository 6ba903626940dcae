import { expect, it } from 'vitest';
import {
  type Continuation,
  continuationOf,
} from '../../../../../lambda/core/read/kubelet/command-line/wrapped-line.ts';

/** A kubelet's line without its beginning, and the row behind it. */
it.each<[Continuation, string]>([
  ['spaced', '|--v=2; --config|/k; --config|-1; --config|/k --v=3; --config /k|--v=2; -v|2; --new|x --v=2'],
  ['spaced', '--node-ip|--v=3; --new|--v=3; --fail-swap-on|--v=3'],
  ['glued', '--node-|ip=1; --node|-ip=1; --config|=/k; --config /k|x; --node-labels=a|=b; --a=b|c -v 2 -v3 --v=4'],
  ['glued', '--v=2 --a=b|c --; --a=b|c --conf; --a=b|c --v=1 --x=2; --a=b|c -'],
  [
    'other',
    '|v=2; |; --config|/k and more; --new|kubelet --x; --fail-swap-on|true; --a=b|c and; --a=b|c --x=1 --y=2 --v=3',
  ],
  ['unclear', '--node|--v=3; --config|-x'],
])('a row is %s: %s', (continuation, rows) => {
  const wrong = rows.split('; ').filter((each) => {
    const [line, row = ''] = each.split('|');
    return continuationOf(`kubelet ${line}`, row) !== continuation;
  });
  expect(wrong).toEqual([]);
});
