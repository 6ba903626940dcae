import { expect, it } from 'vitest';
import type { ClusterNode, Problem } from '../../../../lambda/core/model/model.ts';
import { err, ok } from '../../../../lambda/core/model/result.ts';
import { fateOf } from '../../../../lambda/core/read/inventory/gone.ts';

const node = (key: string, machine: ClusterNode['machine']): Pick<ClusterNode, 'key' | 'machine'> => ({ key, machine });
const confirmed = node('i-0a1', { status: 'confirmed', instanceId: 'i-0a1' });
const claimed = node('i-0a1', { status: 'unconfirmed', because: 'AWS knows no instance with that id' });
const disputed = 'more than one node says that it is that instance';
const named = node('node/i-0a1', { status: 'unconfirmed', because: disputed });
const hybrid = node('mi-0a1', { status: 'confirmed', instanceId: 'mi-0a1' });
const fargate = node('fargate-ip-10-0-0-1', { status: 'none', because: 'Fargate runs no SSM agent' });

const inState = (state: string) => ok([{ id: 'i-0a1', state }]);
const runs = inState('running');
const others = ok([{ id: 'i-0b2', state: 'running' }]);
const problem: Problem = { code: 'ec2-forbidden', message: 'denied', remedy: 'allow it' };

const failedBefore = { ...confirmed, failedBefore: true } as const;

it.each([
  ['that failed before and shuts down', failedBefore, inState('shutting-down'), 'running'],
  ['that failed before and stops', failedBefore, inState('stopping'), 'running'],
  ['that failed before and has stopped', failedBefore, inState('stopped'), 'running'],
  ['that failed before and is terminated', failedBefore, inState('terminated'), 'gone'],
  ['that failed before and whose id EC2 does not know', failedBefore, others, 'gone'],
  ['whose machine runs', confirmed, runs, 'running'],
  ['whose machine starts', confirmed, inState('pending'), 'running'],
  ['whose machine shuts down', confirmed, inState('shutting-down'), 'gone'],
  ['whose machine stops', confirmed, inState('stopping'), 'gone'],
  ['whose machine has stopped', confirmed, inState('stopped'), 'gone'],
  ['whose machine is terminated', confirmed, inState('terminated'), 'gone'],
  ['whose machine is not there', confirmed, others, 'gone'],
  ['whose machine EC2 did not answer for', confirmed, err(problem), 'unknown'],
  ['of an audit without AWS', confirmed, undefined, 'gone'],
  ['that claims a running machine', claimed, runs, 'running'],
  ['that claims a machine that does not run', claimed, others, 'gone'],
  ['that claims a machine while EC2 did not answer', claimed, err(problem), 'unknown'],
  // The machine itself is in the inventory, under its own key.
  ['whose claim another node disputes', named, runs, 'gone'],
  ['that is a hybrid machine, which SSM does not know', hybrid, runs, 'gone'],
  ['that is a hybrid machine, which SSM knows', hybrid, ok([{ id: 'mi-0a1', state: 'running' }]), 'running'],
  ['that is a hybrid machine while SSM did not answer', hybrid, err(problem), 'unknown'],
  [
    'that is a hybrid machine, failed before, and is unknown to SSM',
    { ...hybrid, failedBefore: true },
    runs,
    'unknown',
  ],
  ['that is a hybrid machine, failed before, and has no id', { ...fargate, failedBefore: true }, undefined, 'unknown'],
  ['that is on Fargate', fargate, err(problem), 'gone'],
] as const)('decides on a deleted node %s', (_, given, answer, fate) => {
  expect(fateOf(given, answer)).toBe(fate);
});
