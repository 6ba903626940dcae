import { expect, it } from 'vitest';
import { invocationOutcome } from '../../../lambda/adapters/ssm/status-details.ts';

it.each(['', 'In Progress', 'Cancelling', 'SomethingNew'])(
  'takes %j neither for a success nor for an end',
  (details) => {
    expect(invocationOutcome(details)).toEqual({ state: 'waiting' });
  },
);
