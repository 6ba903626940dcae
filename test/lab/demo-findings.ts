import { z } from 'zod';
import { tableStyle } from '../../lambda/cli/terminal.ts';
import { byText } from '../../lambda/core/model/text/words.ts';
import { hanging } from '../../lambda/core/model/text/wrap.ts';

const product = 'eks-kubelet-audit';

const finding = z.object({
  ProductFields: z.record(z.string(), z.string()),
  Compliance: z.object({
    Status: z.string(),
    StatusReasons: z.array(z.object({ Description: z.string() })).optional(),
  }),
  Severity: z.object({ Label: z.string() }),
});
type Finding = z.infer<typeof finding>;

const order = ['FAILED', 'WARNING', 'NOT_AVAILABLE', 'PASSED'];

/** What Security Hub holds, as an analyst would look at it: what needs somebody, the worst first, and what passed in one line a cluster. */
export function findingsText(stored: readonly unknown[], width: number): string {
  const findings = stored.map((each) => finding.parse(each));
  const passed = findings.filter(({ Compliance }) => Compliance.Status === 'PASSED');
  const open = findings
    .filter((each) => !passed.includes(each))
    .toSorted(byText(placeOf))
    .toSorted((one, other) => order.indexOf(one.Compliance.Status) - order.indexOf(other.Compliance.Status));

  const { draw } = tableStyle({ stdout: process.stdout, env: { COLUMNS: String(width) } });
  const table = draw(
    ['COMPLIANCE', 'SEVERITY', 'CLUSTER', 'NODE GROUP', 'NODES', 'WHY'],
    open.map((each) => [
      each.Compliance.Status,
      each.Severity.Label,
      field(each, 'cluster'),
      `${field(each, 'node-group')} (${field(each, 'node-group-kind')})`,
      field(each, 'nodes'),
      each.Compliance.StatusReasons?.[0]?.Description ?? '',
    ]),
  );

  const lines = [...Map.groupBy(passed, (each) => field(each, 'cluster'))].map(([cluster, groups]) => {
    const names = groups.map((each) => field(each, 'node-group')).toSorted();
    return hanging('  ', `${cluster}: ${names.join(', ')}`, width);
  });
  return [table, '', `PASSED: ${passed.length} node groups`, ...lines].join('\n');
}

const placeOf = (each: Finding): string => `${field(each, 'cluster')} ${field(each, 'node-group')}`;

const field = ({ ProductFields }: Finding, name: string): string => ProductFields[`${product}/${name}`] ?? '';
