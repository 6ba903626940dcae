import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubernetesGroup, memberRoleName } from '../../lambda/contract/names.ts';
import { grantedObjects } from '../../lambda/core/fix/grant/rbac-objects.ts';
import { typeFaults } from '../infra/resource-types.ts';
import { appAsDeployed } from '../infra/synthesise.ts';

const page = readFileSync('docs/access.md', 'utf8');
const section = page.slice(page.indexOf('## In the code that makes your clusters'));
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';
const { clusterRole, clusterRoleBinding } = grantedObjects({ way: 'api-server', proxyHolders: false });

describe('the access entry and the RBAC objects as code', () => {
  it('are valid for CloudFormation, for the role and the group of the audit', () => {
    const template = parse(block('yaml'));
    expect(typeFaults(template)).toEqual([]);
    const { PrincipalArn, KubernetesGroups } = template.Resources.KubeletAuditEntry.Properties;
    expect(PrincipalArn['Fn::Sub']).toMatch(new RegExp(`:role/${memberRoleName}$`));
    expect(KubernetesGroups).toEqual([kubernetesGroup]);
  });

  it('are made by CDK, from the manifest that grant applies', async () => {
    // In this project, whose packages it imports, and where no other test looks for sources.
    mkdirSync('dist', { recursive: true });
    const folder = mkdtempSync('dist/access-as-code-');
    try {
      const file = join(folder, 'let-kubelet-audit-read.ts');
      writeFileSync(file, block('ts').replace("'rbac.yaml'", "'docs/rbac.yaml'"));
      const { letKubeletAuditRead } = await import(pathToFileURL(file).href);
      const stack = new Stack(appAsDeployed(), 'Test');
      const manifests: unknown[] = [];
      letKubeletAuditRead(stack, {
        clusterName: 'prod',
        addManifest: (_: string, ...objects: readonly unknown[]) => manifests.push(...objects),
      });
      expect(manifests).toEqual([clusterRole, clusterRoleBinding]);
      Template.fromStack(stack).hasResourceProperties('AWS::EKS::AccessEntry', { KubernetesGroups: [kubernetesGroup] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are the objects that grant applies, in Terraform too', async () => {
    const { resource } = await parseHcl('access.tf', block('hcl'));
    const only = (type: string) => resource[type].kubelet_audit[0];
    const named = ({ metadata: [{ name }] }: { readonly metadata: readonly [{ readonly name: string }] }) => name;

    expect(only('aws_eks_access_entry')).toMatchObject({
      principal_arn: expect.stringMatching(new RegExp(`:role/${memberRoleName}$`)),
      kubernetes_groups: [kubernetesGroup],
    });
    const role = only('kubernetes_cluster_role_v1');
    expect(named(role)).toBe(clusterRole.metadata.name);
    expect(
      role.rule.map((each: Readonly<Record<string, unknown>>) => ({
        apiGroups: each['api_groups'],
        resources: each['resources'],
        verbs: each['verbs'],
      })),
    ).toEqual(clusterRole.rules);
    const binding = only('kubernetes_cluster_role_binding_v1');
    expect(named(binding)).toBe(clusterRoleBinding.metadata.name);
    expect(binding).toMatchObject({
      role_ref: [{ kind: 'ClusterRole', name: clusterRole.metadata.name }],
      subject: [{ kind: 'Group', name: kubernetesGroup }],
    });
  });
});
