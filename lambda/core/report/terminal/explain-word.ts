import { accessControls, accessMeaning } from '../../judge/access.ts';
import { controls } from '../../judge/controls/index.ts';
import { hanging } from '../../model/text/wrap.ts';
import { controlList } from '../control-list.ts';
import { meanings } from '../standing-words.ts';
import { signs } from './matrix.ts';

/** The words of tables and reports that are no controls: what `explain` says of each. */
const words: ReadonlyMap<string, string> = new Map(
  Object.entries({
    access: `The headline of a node: ${accessMeaning}. It is the worst of ${accessControls.map(nameOf).join(', ')}: a client CA alone keeps no client out.`,
    pass: `${capital(meanings.pass)}. Security Hub: PASSED.`,
    fail: `${capital(meanings.fail)}. Security Hub: FAILED. Exit code 1.`,
    warn: `${capital(meanings.warn)}; for example, a kubelet that refuses the API server probably has no client CA. Security Hub: WARNING. Exit code 2, or 1 with --fail-on warn.`,
    unknown: `${capital(meanings.unknown)}. The notes below the table say what each source met. Security Hub: NOT_AVAILABLE. Exit code 2, or 1 with --fail-on unknown.`,
    waived: `${capital(meanings.waived)}. Written in the file of --waivers, or in the deployment. Security Hub: WARNING.`,
    'not-applicable': `${capital(meanings['not-applicable'])}, for example because AWS runs its kubelet. It has no finding.`,
    coverage: 'What an audit over accounts looked at: accounts, Regions, clusters, and each gap with its remedy.',
    gap: 'A place that should have been looked at and was not: an account, a Region, a cluster or a node group. Exit code 2.',
    'next-node':
      'The node that a node group would start next, judged by its launch template before it exists (--next-node).',
    drift: 'A file that was edited since the kubelet started: another value comes with the next restart.',
  }),
);

/** Signs of the matrix. */
const bySign = new Map(Object.entries(signs).map(([word, sign]) => [sign, word]));

export const explainedWords: readonly string[] = [...words.keys()];

/** What a word of the legend means, wrapped; `undefined` for other words. Letter case doesn't matter. */
export function wordExplained(
  given: string,
  { width, bold }: { readonly width: number; readonly bold: (text: string) => string },
): string | undefined {
  const word = bySign.get(given) ?? given.toLowerCase().replace(' ', '-');
  const text = words.get(word);
  return text && `${bold(word)}\n${hanging('  ', text, width)}\n`;
}

function nameOf(slug: string): string {
  const named = controls.filter((control) => control.slug === slug);
  return controlList(named, { controls, benchmark: 'cis-eks-1.8.0' });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
