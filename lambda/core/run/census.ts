import type { NodeGroup, Via } from '../model/model.ts';

/** One machine as one sweep knows it: a line of `census/DATE/HHMM.jsonl`, where the last line about a machine counts. Texts are bounded and printable. */
export interface CensusLine {
  readonly version: 1;
  /** The sweep that wrote the line. */
  readonly sweepAt: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly instanceId: string;
  readonly group: NodeGroup;
  /** By EC2's word. */
  readonly launchedAt: string;
  /** Absent while it runs. `at` is EC2's word, and absent where EC2 names no time. */
  readonly ended?: { readonly seenAt: string; readonly at?: string; readonly because: string };
  /** The first time that all of its chosen controls were judged, with the worst verdict. */
  readonly judged?: MachineJudged;
  /** Absent once it is judged. */
  readonly notJudged?: { readonly kind: NotJudgedKind; readonly because: string };
}

export interface MachineJudged {
  /** When its cluster's nodes were listed. */
  readonly at: string;
  readonly by: 'run' | 'sweep';
  readonly via: Via;
  /** `waived`: every failure is. `unknown`: some controls could not be answered, and none is worse. */
  readonly worst: 'pass' | 'fail' | 'warn' | 'waived' | 'unknown' | 'not-applicable';
  /** Only a part of the cluster's nodes was listed, so its pass ends nothing. */
  readonly partOfList?: true;
}

/**
 * - `too-young`: younger than the boot grace when looked at. `unreadable`: no source could read it, in the last of three sweeps too.
 * - `waiting`: it will be read again by the next sweep. `ended`: it ended before it could be read.
 * - `never-joined`: no API server lists it, and SSM found no kubelet on it. `contested`: it has the tags of several clusters.
 */
export type NotJudgedKind = 'too-young' | 'unreadable' | 'waiting' | 'ended' | 'never-joined' | 'contested';
