/** What a Node object says of itself: claims, until AWS agrees. Bounded and reduced to what the audit uses. */
export interface ListedNode {
  readonly name: string;
  readonly providerId?: string;
  /** Only labels that tell node groups and node kinds apart. */
  readonly labels: Readonly<Record<string, string>>;
  readonly kubeletVersion?: string;
  readonly osImage?: string;
  readonly operatingSystem?: string;
  /** The first InternalIP of its addresses. */
  readonly internalIp?: string;
  /** The port of its kubelet, if it isn't 10250. */
  readonly kubeletPort?: number;
}
