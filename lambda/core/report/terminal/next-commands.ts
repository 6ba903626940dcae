import { type Control, defaultBenchmark, isOfCluster } from '../../judge/control.ts';
import { meaningsOf } from '../../judge/controls/catalogue/find-control.ts';
import { isWaived } from '../../model/is-waived.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { controlNumber } from '../control-list.ts';
import { plain } from '../problem-lines.ts';
import type { ReportedControls } from '../report.ts';

/** What to run next about what was found: one command each to understand a failure, to fix it, and to have more read. Only the first cluster of each kind is kept. */
export class NextCommands {
  readonly #options: ReportedControls;
  #failing: { readonly place: string; readonly control: Control } | undefined;
  #unread: string | undefined;

  constructor(options: ReportedControls) {
    this.#options = options;
  }

  add({ cluster, inventory, nodes, clusterVerdicts = {} }: ReportedAudit): void {
    // What was saved names no cluster that a command could ask.
    const place = inventory.from === 'saved' || cluster.arn === undefined ? '' : placeOf(cluster.arn);
    const all = [...nodes.map(({ verdicts }) => verdicts), clusterVerdicts];
    const failed = this.#options.controls.find(({ slug }) =>
      all.some(({ [slug]: verdict }) => verdict?.status === 'fail' && !isWaived(verdict)),
    );
    if (failed) this.#failing ??= { place, control: failed };
    const isUnread = nodes.some(({ verdicts }) => {
      const each = Object.values(verdicts);
      return each.length > 0 && each.every(({ status }) => status === 'unknown' || status === 'warn');
    });
    if (place !== '' && (isUnread || inventory.from === 'none')) this.#unread ??= place;
  }

  /** A command stays on one line, so that it can be pasted. */
  lines(): readonly string[] {
    const failing = this.#failing;
    const commands = [
      ...(failing ? this.#ofFailure(failing) : []),
      ...(this.#unread ? [`eks-kubelet-audit doctor ${this.#unread}`] : []),
    ];
    return commands.map((each, index) => `${index === 0 ? 'Next: ' : '      '}${plain(each)}`);
  }

  #ofFailure({ place, control }: { readonly place: string; readonly control: Control }): readonly string[] {
    const number = controlNumber(control, defaultBenchmark);
    // The command may be given without --benchmark, where a number with two meanings is refused.
    const name = number !== undefined && meaningsOf(number, 'auto').size === 1 ? number : control.slug;
    return [
      `eks-kubelet-audit explain ${name}`,
      ...(place === '' || isOfCluster(control) ? [] : [`eks-kubelet-audit remediate ${place} --controls ${name}`]),
    ];
  }
}

const placeOf = ({ name, region }: { readonly name: string; readonly region: string }): string =>
  `${name} --region ${region}`;
