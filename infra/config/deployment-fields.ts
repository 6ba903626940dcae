import * as z from 'zod/mini';
import { eachOnce } from '../../lambda/contract/settings.ts';
import { deploymentSettings, fieldsOf, settingsTable } from '../../lambda/contract/settings-table.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';

/** By slug, or by a number that a benchmark gives it. */
const controlWords = [
  ...new Set(
    controls.flatMap(({ slug, numbers }) => [
      slug,
      ...Object.values(numbers)
        .map(({ number }) => number)
        .sort(),
    ]),
  ),
];

/** The deployment: what is audited, how, and when. deployment.yaml documents each field. */
export const deploymentFields = z.strictObject({
  ...fieldsOf(deploymentSettings),
  controls: z._default(
    eachOnce(
      z.enum(controlWords, {
        error: 'not a control; write its slug as docs/controls.md has it, or its number in the benchmark',
      }),
    ),
    [...settingsTable.controls.default],
  ),
});

/** What a deployment says, with the defaults of what it does not say. */
export type Settings = Readonly<z.infer<typeof deploymentFields>>;
