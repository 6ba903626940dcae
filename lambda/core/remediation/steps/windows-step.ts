import type { Control } from '../../control.ts';
import { describe } from '../../controls/shared/about.ts';
import { nodePlaces } from '../node-places.ts';
import { argumentOf, wantedValue } from '../wanted-value.ts';
import { type NodeStep, nodeStep } from './planned-step.ts';

/** The bootstrap script writes the service anew from user data; nothing of ours edits a Windows node. */
export function windowsStep(control: Control): NodeStep {
  const { slug, about } = control;
  const wanted =
    about.kind === 'setting'
      ? [argumentOf(about.setting, wantedValue(about.setting, nodePlaces.windows.clientCa))]
      : [];

  return nodeStep({
    control: slug,
    method: 'image',
    by: 'person',
    because: `a Windows node takes ${describe(about)} from its bootstrap, so change the user data and replace the node`,
    changes: wanted.map((after) => ({
      kind: 'argument',
      places: ['-KubeletExtraArgs of Start-EKSBootstrap.ps1'],
      after,
    })),
    survives: { reboot: true, replacement: true },
  });
}
