import { controls as catalogue } from '../controls/index.ts';
import type { ClusterAudit } from '../model.ts';
import { controlList } from './control-list.ts';

type LeftOut = Pick<ClusterAudit, 'controls' | 'cluster' | 'inventory'>;

/** What was not looked at, and how it would be: one sentence, or nothing. */
export function leftOutText({ controls: { leftOut }, cluster, inventory }: LeftOut, benchmark: string): string {
  const controls = catalogue.filter(({ slug }) => leftOut.includes(slug));
  if (controls.length === 0) return '';

  const listed = controlList(controls, { controls: catalogue, benchmark });
  const how =
    inventory.from === 'saved'
      ? 'what was saved of it does not'
      : cluster.arn
        ? '--complete asks SSM for them, node by node'
        : '--complete asks SSM for them; SSM must know the EKS cluster: give its ARN as CLUSTER, and --sources configz,ssm';
  return `Not looked at: ${listed}. Only the machine shows them; ${how}.`;
}
