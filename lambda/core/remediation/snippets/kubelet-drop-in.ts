import { stringify } from 'yaml';
import { nested } from './nested.ts';
import type { Wanted } from './wanted.ts';

/** A drop-in for `--config-dir`, and at the same time what belongs into the main file: YAML is read in both. */
export const kubeletDropIn = ({ settings }: Wanted): string =>
  settings.size === 0
    ? ''
    : stringify(
        { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...nested(settings) },
        { lineWidth: 0 },
      );
