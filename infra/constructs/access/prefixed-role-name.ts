/**
 * The name of a role that only its own stack knows. Without a prefix CloudFormation makes the name, so that a deployment of an older release is not
 * replaced.
 */
export const prefixedRoleName = (prefix: string, name: string): { readonly roleName?: string } =>
  prefix === '' ? {} : { roleName: `${prefix}${name}` };
