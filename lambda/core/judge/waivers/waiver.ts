import type { HeldRight, NodeGroup } from '../../model/model.ts';

/** An accepted failure: whose, where, until when, and why. Patterns hold `*` for any number of characters. */
export interface Waiver {
  /** A slug: a number means another control in another version of the benchmark. */
  readonly control: string;
  readonly cluster: string;
  readonly nodeGroup: string;
  /** The kind of node group; absent for every kind, which only a `nodeGroup` of `*` may leave open. */
  readonly nodeGroupKind?: NodeGroup['kind'];
  readonly account?: string;
  readonly region?: string;
  readonly reason: string;
  readonly owner: string;
  /** For an entry of `allowedProxyHolders`: who may hold the right. Only for a control about holders, and then without other fields. */
  readonly holder?: { readonly kind: HeldRight['kind']; readonly name: string };
  /** SHA-256 of a script part of user data: what it leaves unknown is accepted, under every control. */
  readonly script?: string;
  /** The last day on which it holds, `2026-12-31`, in UTC. */
  readonly expires: string;
}

/** A pattern with a star and fewer than three other characters in a row, such as `*d*e*v*`, matches nearly everything. */
export const widthOf = (pattern: string): 'wide' | 'narrow' =>
  pattern.includes('*') && pattern.split('*').every((each) => each.length < 3) ? 'wide' : 'narrow';
