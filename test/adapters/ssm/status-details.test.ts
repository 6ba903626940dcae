import { describe, expect, it } from 'vitest';
import { invocationOutcome } from '../../../lambda/adapters/ssm/status-details.ts';

describe('invocationOutcome', () => {
  it.each(['Pending', 'In Progress', 'InProgress', 'Delayed', 'Cancelling', '', 'SomethingNew'])(
    'waits for the end of %j',
    (details) => {
      expect(invocationOutcome(details)).toEqual({ state: 'waiting' });
    },
  );

  it('knows only one success', () => {
    expect(invocationOutcome('Success')).toEqual({ state: 'success' });
  });

  it('knows that a command which the account’s limit refused ran nowhere', () => {
    expect(invocationOutcome('Rate Exceeded')).toEqual({ state: 'refused' });
    expect(invocationOutcome('RateExceeded')).toEqual({ state: 'refused' });
  });

  it.each([
    'Delivery Timed Out',
    'Execution Timed Out',
    'Failed',
    'Cancelled',
    'Undeliverable',
    'Terminated',
    'Invalid Platform',
    'Access Denied',
  ])('has words of its own for %s, with and without spaces', (details) => {
    const outcome = invocationOutcome(details);

    expect(outcome.state).toBe('failed');
    expect(invocationOutcome(details.replaceAll(' ', ''))).toEqual(outcome);
  });
});
