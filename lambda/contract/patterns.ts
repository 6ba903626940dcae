/** Patterns of places. Outside input must match them before it is used in a key, an ARN or a log. */

/** `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1` */
export const regionPattern = /^[a-z]{2,8}(-[a-z0-9]{1,20}){1,6}-\d{1,2}$/;

export const accountPattern = /^\d{12}$/;

/** Name of an EKS cluster. Source: EKS API, `CreateCluster`, parameter `name`. */
export const clusterPattern = /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/;

/** An organizational unit (`ou-ab12-11111111`), or the root of an organization (`r-ab12`). Source: AWS Organizations API, `ParentId`. */
export const unitPattern = /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/;
