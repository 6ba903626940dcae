import type { Via } from '../../../model/model.ts';
import type { FileFact, FileFacts } from '../../../model/node-facts.ts';
import type { Control } from '../../control.ts';
import { describe, nameOf, titleOf } from './about.ts';
import { evidence } from './evidence.ts';

interface Definition extends Pick<Control, 'slug' | 'numbers' | 'alsoKnownAs'> {
  readonly file: keyof FileFacts;
  readonly property: 'mode' | 'owner';
}

/** A file that the kubelet trusts: only root may own or write it. Source: CIS Amazon EKS Benchmark 3.1. */
export function fileControl({ file, property, ...rest }: Definition): Control {
  const about = { kind: 'file', file, property } as const;
  const { expected, holds, shown } = rules[property];

  return {
    ...rest,
    about,
    title: titleOf(`${files[file]} must ${musts[property]}`, about),
    failure: `${short[file]} ${wrong[property]}`,
    rationale: `${reasons[file]} The ${describe(about)} decides who that is.`,
    expected,
    severity: 'MEDIUM',
    suspectWhenRefused: false,
    caveats: [
      'Only SSM sees modes and owners: from configz, saved files or the TLS handshake alone the verdict is unknown.',
      'A file that is not there is unknown, not failed: whatever the kubelet read when it started can no longer be looked at.',
    ],
    judge: (facts) => {
      const fact = facts.files?.[file];
      if (fact === undefined) return { status: 'unknown', because: notSeen[facts.via] };

      switch (fact.state) {
        case 'unknown':
          return { status: 'unknown', because: fact.because };
        case 'not-named':
          return { status: 'not-applicable', because: `the kubelet runs without --${file}, so there is no such file` };
        case 'known':
          return {
            status: holds(fact) ? 'pass' : 'fail',
            evidence: evidence({
              facts,
              setting: nameOf(about),
              fact: { value: shown(fact), origin: { from: 'node', file: fact.path } },
              expected,
            }),
          };
      }
    },
  };
}

type KnownFile = Extract<FileFact, { readonly state: 'known' }>;

const rules = {
  mode: {
    expected: '644 or stricter',
    holds: ({ mode }: KnownFile) => (mode & 0o7777 & ~0o644) === 0,
    shown: ({ mode }: KnownFile) => (mode & 0o7777).toString(8).padStart(3, '0'),
  },
  owner: {
    expected: 'root:root',
    holds: ({ owner, group }: KnownFile) => owner === 'root' && group === 'root',
    shown: ({ owner, group }: KnownFile) => `${owner}:${group}`,
  },
} as const;

const musts = { mode: 'have mode 644 or stricter', owner: 'be owned by user and group root' } as const;

const short = { kubeconfig: 'kubeconfig', config: 'configuration file' } as const;
const wrong = { mode: 'open to others', owner: 'not owned by root' } as const;

const files = {
  kubeconfig: 'Kubeconfig file of the kubelet',
  config: 'Configuration file of the kubelet',
} as const satisfies Record<keyof FileFacts, string>;

const reasons = {
  kubeconfig:
    'A user who may write this file chooses which API server the kubelet obeys and with which credentials it speaks to it.',
  config: 'A user who may write this file chooses whom the kubelet trusts after its next start.',
} as const satisfies Record<keyof FileFacts, string>;

/** One wording for all of these controls: reports tell it once for a node. */
const notSeen: Readonly<Record<Via, string>> = {
  direct: 'modes and owners are seen by SSM only',
  configz: 'modes and owners are seen by SSM only',
  tls: 'modes and owners are seen by SSM only',
  wire: 'modes and owners are seen by SSM only',
  files: 'saved files do not keep the modes and owners that they had on the node',
  ssm: 'the probe sent no modes and owners of this node',
};
