import { type Control, defaultBenchmark } from '../../lambda/core/judge/control.ts';
import {
  frameworks,
  requirementIndex,
  requirementName,
  requirementSources,
  requirementsOf,
} from '../../lambda/core/judge/frameworks/requirements.ts';
import { table } from './pages.ts';

/** docs/frameworks.md: each entry of the table with its source, generated from it. */
export function frameworksPage(controls: readonly Control[]): string {
  const entries = controls.flatMap((control) =>
    requirementsOf(control).map((requirement) => ({ control, requirement })),
  );

  return `${[
    '# Frameworks',
    'For everyone who asks which requirements a control serves. Generated from `lambda/core/judge/frameworks/requirements.ts` by `npm run docs`. ' +
      "Findings have these names in `Compliance.RelatedRequirements`, in the form of AWS's own controls. The reports `oscal`, `html` and `csv`, and `eks-kubelet-audit explain`, have them too.",
    'Each entry names a source that says so of the same setting or file. What no source says is left out: ' +
      'AWS maps its own EKS controls to NIST and PCI DSS, but none of them is about a kubelet. No source was found for PCI DSS 4.0.1 and SOC 2. ' +
      'The program’s own checks have no entries. A requirement asks for more than the settings of kubelets, so a pass here never says that a requirement is met.',
    '## Sources',
    table(
      ['source', 'what it says'],
      Object.values(requirementSources).map(({ name, title, url }) => [`[${name}](${url})`, title]),
    ),
    '## By framework',
    ...Object.entries(frameworks).flatMap(([framework, { title }]) => [
      `### ${title}`,
      table(
        ['requirement', 'controls'],
        requirementIndex(controls)
          .filter((each) => each.framework === framework)
          .map(({ id, controls: all }) => [id, all.map(link).join(', ')]),
      ),
    ]),
    '## By control',
    table(
      ['control', `number in ${defaultBenchmark}`, 'in cis-eks-2.0.0', 'in findings', 'source', 'where in the source'],
      entries.map(({ control, requirement }) => [
        link(control),
        control.numbers[defaultBenchmark]?.number ?? '–',
        control.numbers['cis-eks-2.0.0']?.number ?? '–',
        `\`${requirementName(requirement)}\``,
        requirementSources[requirement.source].name,
        requirement.where,
      ]),
    ),
  ].join('\n\n')}\n`;
}

const link = ({ slug }: Control): string => `[${slug}](controls.md#${slug})`;
