import { holderText, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import type { Control } from '../../judge/control.ts';
import { isWaived } from '../../model/is-waived.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { hanging } from '../../model/text/wrap.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { controlList } from '../control-list.ts';
import { plain } from '../problem-lines.ts';
import type { TableStyle } from './table-style.ts';

interface ClusterVerdictLinesOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  readonly style: TableStyle;
  /** Only of these verdicts; all without. */
  readonly only?: readonly VerdictStatus[];
}

/** What the controls about the cluster itself come to, below its nodes: the verdict, then who holds the right, one line each. */
export function clusterVerdictLines(
  { clusterVerdicts = {} }: Pick<ReportedAudit, 'clusterVerdicts'>,
  { controls, benchmark, style, only }: ClusterVerdictLinesOptions,
): readonly string[] {
  const { width = Number.POSITIVE_INFINITY } = style;

  return controls.flatMap((control) => {
    const verdict = clusterVerdicts[control.slug];
    if (!verdict || (only && !only.includes(verdict.status))) return [];

    const status = isWaived(verdict) ? style.colour('waived', 'warn') : style.colour(verdict.status, verdict.status);
    const waiver = waiverOf(verdict);
    const words = [reasonText(verdict), ...(waiver ? [waiverText(waiver)] : [])].join('; ');
    const holders = evidenceIn(verdict)?.holders ?? [];
    const name = controlList([control], { controls, benchmark });
    return [
      hanging('  ', `${status} ${name}, of the cluster: ${plain(words)}`, width),
      ...holders
        .filter(({ standing }) => standing !== 'system')
        .map((each) => hanging(each.standing === 'allowed' ? '    = ' : '    ! ', plain(holderText(each)), width)),
    ];
  });
}
