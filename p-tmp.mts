import { writeFileSync } from 'node:fs';
import { kubeletProbeScript } from './infra/documents/probe/kubelet-probe.ts';

writeFileSync('/tmp/h23b-probe.sh', kubeletProbeScript({ root: '' }));
