import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { controlsPage } from '../../../docs/controls-page.ts';

const page = controlsPage(controls);

describe('docs/controls.md', () => {
  it('says what the catalogue says', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../../../docs/controls.md'), 'utf8');
    expect(stored === page, 'the catalogue has changed: run npm run docs').toBe(true);
  });

  it.each([
    '| [kubelet-kubeconfig-mode](#kubelet-kubeconfig-mode) | 3.1.1 **M** | 3.1.1 **M** | 3.1.1 | 3.1.1 | 3.1.1 | MEDIUM | mode of the file that --kubeconfig names | `--kubeconfig` |',
    '| [kubelet-config-owner](#kubelet-config-owner) | 3.1.4 **M** | 3.1.4 | 3.1.4 | 3.1.4 | 3.1.4 | MEDIUM |',
    '| [kubelet-anonymous-auth](#kubelet-anonymous-auth) | 3.2.1 | 3.2.1 | 3.2.1 | 3.2.1 | 3.2.1 | HIGH | `authentication.anonymous.enabled` | `--anonymous-auth` | false | DISA STIG V-242391 |',
    '| [kubelet-client-ca-file](#kubelet-client-ca-file) | 3.2.3 **M** | 3.2.3 | 3.2.3 | 3.2.3 | 3.2.3 | HIGH | `authentication.x509.clientCAFile` | `--client-ca-file` | a path to a CA bundle | CIS Kubernetes 4.2.3, DISA STIG V-242420 |',
    '| [kubelet-protect-kernel-defaults](#kubelet-protect-kernel-defaults) | 3.2.6 | – | – | – | – |',
    '| [kubelet-hostname-override](#kubelet-hostname-override) | 3.2.8 **M** | – | – | – | – | LOW | `--hostname-override` |',
    '| [kubelet-event-qps](#kubelet-event-qps) | 3.2.9 | 3.2.7 **M** | 3.2.7 | 3.2.7 | 3.2.7 |',
    '| [kubelet-rotate-server-certificate](#kubelet-rotate-server-certificate) | 3.2.11 **M** | 3.2.9 | 3.2.9 | 3.2.9 | 3.2.9 | MEDIUM | `featureGates.RotateKubeletServerCertificate` | `--feature-gates=RotateKubeletServerCertificate` | true |',
  ])('has the row %s', (row) => {
    expect(page).toContain(row);
  });

  it('explains every control once, and links to it', () => {
    for (const { slug } of controls) {
      expect(page.split(`\n## ${slug}\n`)).toHaveLength(2);
      expect(page).toContain(`[${slug}](#${slug})`);
    }
    expect(page).not.toMatch(/undefined|\[object/);
  });
});
