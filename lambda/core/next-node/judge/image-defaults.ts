import type { Control } from '../../judge/control.ts';
import { shown } from '../../judge/controls/shared/evidence.ts';
import type { NodeKind } from '../../model/model.ts';
import { originText } from '../../model/text/origin-text.ts';
import { nextNode } from '../read/next-node.ts';

/** Kinds of nodes whose first configuration is public, each with the newest minor of Kubernetes that EKS has an AMI of that kind for. */
const images = { al2023: 34, al2: 32, bottlerocket: 34 } as const satisfies Partial<Record<NodeKind, number>>;

/** The kind of node, and what its kubelet has without user data: `0 (default of EKS-optimized AMI)`. */
export interface ImageDefault {
  readonly kind: keyof typeof images;
  readonly text: string;
}

/** What EKS-optimized AMIs set without any user data, for a control about a setting; empty for any other control. */
export function imageDefaults({ about }: Pick<Control, 'about'>): readonly ImageDefault[] {
  if (about.kind !== 'setting') return [];

  return (Object.keys(images) as (keyof typeof images)[]).flatMap((kind) => {
    const { reading } = nextNode({
      kind,
      kubeletMinor: images[kind],
      ami: 'standard',
      pieces: [],
      cluster: 'eks-adds',
    });
    const fact = reading.ok ? reading.value.settings[about.setting] : undefined;
    return fact?.state === 'known' ? [{ kind, text: `${shown(fact.value)} (${originText(fact.origin)})` }] : [];
  });
}
