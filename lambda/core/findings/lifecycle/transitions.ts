import { productName } from '../../../contract/names.ts';
import type { ClusterArn, Transition } from '../../model.ts';
import { howMany } from '../../text/how-many.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { findingText } from '../finding-text.ts';
import { parseFindingId } from '../identity.ts';
import { type TransitionMark, transitionMark } from './alert-state.ts';

/** Whether an announcement that stands in a finding of that cluster is still to be made. */
export type IsNews = (mark: TransitionMark, cluster: ClusterArn) => boolean;

/**
 * What is to be announced about a finding that Security Hub holds now: its last announcement, when that is news. Made of the finding itself, so that a run that
 * broke off between writing and announcing announces the same when it is done again.
 */
export function transitionOf(finding: AsffFinding, isNews: IsNews): Transition | undefined {
  const mark = transitionMark(finding.ProductFields);
  const name = parseFindingId(finding.Id);
  if (!mark || !name || !isNews(mark, name.cluster)) return undefined;

  const field = (name: string): string => finding.ProductFields[`${productName}/${name}`] ?? '';
  const opened = mark.kind === 'opened';
  return {
    kind: mark.kind,
    findingId: finding.Id,
    cluster: name.cluster,
    subject: subjectOfFinding(finding.ProductFields),
    control: name.control,
    controlNumber: field('control-number'),
    title: finding.Title,
    before: mark.from,
    status: finding.RecordState === 'ARCHIVED' ? 'ARCHIVED' : finding.Compliance.Status,
    severity: finding.FindingProviderFields.Severity.Label,
    nodes: opened ? Number(field('nodes-failed')) + Number(field('nodes-warned')) : 0,
    because: becauseOf(finding, opened),
    remedy: opened ? finding.Remediation.Recommendation.Text : 'nothing is to be done about it any more',
    link: finding.Remediation.Recommendation.Url,
  };
}

/** The first node of those that are worst off with what was seen there, and how many more there are; else the first of the finding's reasons. */
function becauseOf({ Resources, Compliance }: AsffFinding, opened: boolean): string {
  const [first, ...others] = Resources.flatMap(({ Details }) => (Details?.Other ? [Details.Other] : []));
  const reason = Compliance.StatusReasons[0]?.Description ?? '';
  if (!opened || first?.['NodeName'] === undefined || first['Reason'] === undefined) return findingText(reason, 512);

  const more = others.length > 0 ? ` (and ${howMany(others.length, 'more node')} to look at)` : '';
  return findingText(`${findingText(first['NodeName'], 150)}: ${findingText(first['Reason'], 300)}${more}`, 512);
}

/** What a finding is about, as its own fields name it: `node group workers (managed)`, `node ip-10-0-0-1`, `all nodes`. */
function subjectOfFinding(productFields: Readonly<Record<string, string>>): string {
  const field = (name: string): string => findingText(productFields[`${productName}/${name}`] ?? '', 150);

  switch (productFields[`${productName}/scope`]) {
    case 'node':
      return `node ${field('node')}`;
    case 'node-group':
      return `node group ${field('node-group')} (${field('node-group-kind')})`;
    default:
      return 'all nodes';
  }
}
