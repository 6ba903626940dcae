import { printable } from '../../../model/text/printable.ts';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Gates of all kubelets from 1.29 on, or of those from another minor version on. */
const since: Readonly<Record<number, readonly string[]>> = {
  29: names(`AllAlpha AllBeta APIListChunking APIPriorityAndFairness APIResponseCompression APISelfSubjectReview APIServerIdentity APIServerTracing
    AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint AllowServiceLBStatusOnNonLB AnyVolumeDataSource AppArmor CPUManager
    CPUManagerPolicyAlphaOptions CPUManagerPolicyBetaOptions CPUManagerPolicyOptions CRDValidationRatcheting CSIMigrationAzureFile
    CSIMigrationPortworx CSIMigrationRBD CSIMigrationvSphere CSINodeExpandSecret CSIVolumeHealth CloudControllerManagerWebhook
    CloudDualStackNodeIPs ClusterTrustBundle ClusterTrustBundleProjection ComponentSLIs ConsistentHTTPGetHandlers ConsistentListFromCache
    ContainerCheckpoint ContextualLogging CronJobTimeZone CronJobsScheduledAnnotation CrossNamespaceVolumeDataSource
    CustomCPUCFSQuotaPeriod CustomResourceValidationExpressions DefaultHostNetworkHostPortsInPodTemplates DevicePluginCDIDevices
    DisableCloudProviders DisableKubeletCloudCredentialProviders DisableNodeKubeProxyVersion DownwardAPIHugePages
    DynamicResourceAllocation EfficientWatchResumption ElasticIndexedJob EventedPLEG ExecProbeTimeout ExpandedDNSConfig
    ExperimentalHostUserNamespaceDefaulting GRPCContainerProbe GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority
    HPAContainerMetrics HPAScaleToZero HonorPVReclaimPolicy IPTablesOwnershipCleanup ImageMaximumGCAge InPlacePodVerticalScaling
    InTreePluginAWSUnregister InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister InTreePluginGCEUnregister
    InTreePluginOpenStackUnregister InTreePluginPortworxUnregister InTreePluginRBDUnregister InTreePluginvSphereUnregister
    JobBackoffLimitPerIndex JobMutableNodeSchedulingDirectives JobPodFailurePolicy JobPodReplacementPolicy JobReadyPods
    JobTrackingWithFinalizers KMSv1 KMSv2 KMSv2KDF KubeProxyDrainingTerminatingNodes KubeletCgroupDriverFromCRI KubeletInUserNamespace
    KubeletPodResources KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletPodResourcesGetAllocatable KubeletSeparateDiskGC
    KubeletTracing LegacyServiceAccountTokenCleanUp LegacyServiceAccountTokenNoAutoGeneration LegacyServiceAccountTokenTracking
    LoadBalancerIPMode LocalStorageCapacityIsolationFSQuotaMonitoring LogarithmicScaleDown LoggingAlphaOptions LoggingBetaOptions
    MatchLabelKeysInPodAffinity MatchLabelKeysInPodTopologySpread MaxUnavailableStatefulSet MemoryManager MemoryQoS
    MinDomainsInPodTopologySpread MinimizeIPTablesRestore MultiCIDRRangeAllocator MultiCIDRServiceAllocator NFTablesProxyMode
    NewVolumeManagerReconstruction NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeOutOfServiceVolumeDetach NodeSwap OpenAPIEnums
    OpenAPIV3 PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime PodAndContainerStatsFromCRI PodDeletionCost
    PodDisruptionConditions PodHostIPs PodIndexLabel PodLifecycleSleepAction PodReadyToStartContainersCondition PodSchedulingReadiness
    ProbeTerminationGracePeriod ProcMountType ProxyTerminatingEndpoints QOSReserved ReadWriteOncePod RecoverVolumeExpansionFailure
    RemainingItemCount RetroactiveDefaultStorageClass RotateKubeletServerCertificate RuntimeClassInImageCriApi
    SELinuxMountReadWriteOncePod SchedulerQueueingHints SeccompDefault SecurityContextDeny SeparateCacheWatchRPC
    SeparateTaintEvictionController ServerSideApply ServerSideFieldValidation ServiceAccountTokenJTI ServiceAccountTokenNodeBinding
    ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo ServiceNodePortStaticSubrange SidecarContainers
    SizeMemoryBackedVolumes SkipReadOnlyValidationGCE StableLoadBalancerNodeSet StatefulSetAutoDeletePVC StatefulSetStartOrdinal
    StorageVersionAPI StorageVersionHash StructuredAuthenticationConfiguration StructuredAuthorizationConfiguration TopologyAwareHints
    TopologyManager TopologyManagerPolicyAlphaOptions TopologyManagerPolicyBetaOptions TopologyManagerPolicyOptions
    TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy
    UserNamespacesPodSecurityStandards UserNamespacesSupport ValidatingAdmissionPolicy VolumeAttributesClass VolumeCapacityPriority
    WatchBookmark WatchFromStorageWithoutResourceVersion WatchList WinDSR WinOverlay WindowsHostNetwork
    ZeroLimitedNominalConcurrencyShares`),
  30: names(`APIServingWithRoutine AppArmorFields CustomResourceFieldSelectors InformerResourceVersion JobManagedBy JobSuccessPolicy
    OrderedNamespaceDeletion PortForwardWebsockets RecursiveReadOnlyMounts RelaxedEnvironmentVariableValidation RetryGenerateName
    SELinuxMount ServiceTrafficDistribution StorageNamespaceIndex StorageVersionMigrator WatchListClient`),
  31: names(`AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors
    AuthorizeWithSelectors ConcurrentWatchObjectDecode CoordinatedLeaderElection DRAControlPlaneController DisableAllocatorDualWrite
    ImageVolume ReloadKubeletServerCertificateFile ResilientWatchCacheInitialization ResourceHealthStatus SupplementalGroupsPolicy
    WatchCacheInitializationPostStartHook`),
  32: names(`AllowOverwriteTerminationGracePeriodSeconds AllowUnsafeMalformedObjectDeletion BtreeWatchCache CBORServingAndStorage
    ClientsAllowCBOR ClientsPreferCBOR ComponentFlagz ComponentStatusz DRAAdminAccess DRAResourceClaimDeviceStatus
    ExternalServiceAccountTokenSigner InPlacePodVerticalScalingAllocatedStatus InPlacePodVerticalScalingExclusiveCPUs
    KubeletCrashLoopBackOffMax KubeletFineGrainedAuthz KubeletRegistrationGetOnExistsOnly MutatingAdmissionPolicy PodLevelResources
    PodLifecycleSleepActionAllowZero PodLogsQuerySplitStreams RelaxedDNSSearchValidation RemoteRequestHeaderUID SELinuxChangePolicy
    SchedulerAsyncPreemption ServiceAccountNodeAudienceRestriction SystemdWatchdog WindowsCPUAndMemoryAffinity
    WindowsGracefulNodeShutdown`),
  33: names(`AggregatedDiscoveryRemoveBetaType AllowParsingUserUIDFromCertAuth ContainerStopSignals DRADeviceTaints DRAPartitionableDevices
    DRAPrioritizedList DeclarativeValidation DeclarativeValidationTakeover DeploymentReplicaSetTerminatingReplicas
    DisableCPUQuotaWithExclusiveCPUs GitRepoVolumeDriver HPAConfigurableTolerance InOrderInformers KubeletEnsureSecretPulledImages
    KubeletPSI KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot MutableCSINodeAllocatableCount
    PodObservedGenerationTracking PodTopologyLabelsAdmission PreferSameTrafficDistribution ReduceDefaultCrashLoopBackOffDecay
    SchedulerPopFromBackoffQ StorageCapacityScoring StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf
    StrictIPCIDRValidation`),
  34: names(`ClearingNominatedNodeNameAfterBinding ContainerRestartRules DRAConsumableCapacity DRADeviceBindingConditions
    DRAExtendedResource DRASchedulerFilterTimeout DetectCacheInconsistency EnvFiles HostnameOverride
    InPlacePodVerticalScalingExclusiveMemory KubeletPodResourcesListUseActivePods MatchLabelKeysInPodTopologySpreadSelectorMerge
    NominatedNodeNameForExpectation PodCertificateRequest PreventStaticPodAPIReferences RelaxedServiceNameValidation
    SchedulerAsyncAPICalls SizeBasedListCostEstimate StatefulSetSemanticRevisionComparison
    StructuredAuthenticationConfigurationEgressSelector TokenRequestServiceAccountUIDValidation`),
  35: names(`AuthorizePodWebsocketUpgradeCreatePermission CRDObservedGenerationTracking CSIServiceAccountTokenSecrets
    ChangeContainerStatusOnKubeletRestart CloudControllerManagerWatchBasedRoutesReconciliation ConstrainedImpersonation
    DRADeviceTaintRules GangScheduling GenericWorkload ImageVolumeWithDigest InOrderInformersBatchProcess
    InPlacePodLevelResourcesVerticalScaling MutablePVNodeAffinity MutablePodResourcesForSuspendedJobs
    MutableSchedulingDirectivesForSuspendedJobs NodeDeclaredFeatures OpportunisticBatching RestartAllContainersOnContainerExits
    StructuredAuthenticationConfigurationJWKSMetrics TaintTolerationComparisonOperators UserNamespacesHostNetworkSupport
    VolumeLimitScaling`),
  36: names('AtomicFIFO ReloadKubeletClientCAFile ResourceHealthStatusMessage UnlockWhileProcessingFIFO'),
  37: names(`CompositePodGroup ConsistentListFromCacheSkipTimeoutFallback DRADerivedAttributes DRADeviceCompatibilityGroups EtcdRangeStream
    KubeProxyIPVS`),
};

/** The first minor version that no longer has them; where the last one is not known exactly, a later one. */
const goneFrom: Readonly<Record<number, readonly string[]>> = {
  30: names(`APISelfSubjectReview CSIMigrationAzureFile CSIMigrationvSphere CronJobTimeZone DownwardAPIHugePages ExpandedDNSConfig
    ExperimentalHostUserNamespaceDefaulting GRPCContainerProbe IPTablesOwnershipCleanup JobMutableNodeSchedulingDirectives
    JobTrackingWithFinalizers KubeletPodResources KubeletPodResourcesGetAllocatable LegacyServiceAccountTokenNoAutoGeneration
    LegacyServiceAccountTokenTracking MinimizeIPTablesRestore MultiCIDRRangeAllocator OpenAPIV3 ProbeTerminationGracePeriod
    ProxyTerminatingEndpoints RetroactiveDefaultStorageClass SeccompDefault SecurityContextDeny TopologyManager`),
  34: names(`APIListChunking APIPriorityAndFairness AllowServiceLBStatusOnNonLB AppArmor AppArmorFields CSIMigrationRBD CSINodeExpandSecret
    CloudDualStackNodeIPs ConsistentHTTPGetHandlers CustomResourceValidationExpressions DRAControlPlaneController
    DisableCloudProviders DisableKubeletCloudCredentialProviders InTreePluginAWSUnregister InTreePluginAzureDiskUnregister
    InTreePluginAzureFileUnregister InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginRBDUnregister
    InTreePluginvSphereUnregister JobReadyPods KMSv2 KMSv2KDF LegacyServiceAccountTokenCleanUp NodeOutOfServiceVolumeDetach
    ReadWriteOncePod ServerSideApply ServerSideFieldValidation ServiceNodePortStaticSubrange SkipReadOnlyValidationGCE
    StableLoadBalancerNodeSet ZeroLimitedNominalConcurrencyShares`),
  35: names(`AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint CPUManager ComponentSLIs CronJobsScheduledAnnotation
    DefaultHostNetworkHostPortsInPodTemplates DevicePluginCDIDevices EfficientWatchResumption ElasticIndexedJob HPAContainerMetrics
    JobPodFailurePolicy KubeProxyDrainingTerminatingNodes LoadBalancerIPMode MinDomainsInPodTopologySpread
    NewVolumeManagerReconstruction PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime PodDisruptionConditions
    PodHostIPs PodIndexLabel RemainingItemCount SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StatefulSetStartOrdinal
    ValidatingAdmissionPolicy VolumeCapacityPriority WatchBookmark`),
  37: names('AnonymousAuthConfigurableEndpoints AnyVolumeDataSource'),
};

/** Locked to true from a minor version on: no other value is taken, and none once the gate is gone. */
const lockedOn: Readonly<Record<number, readonly string[]>> = {
  29: names(`APIListChunking APIPriorityAndFairness APISelfSubjectReview CPUManager CSIMigrationAzureFile CSIMigrationvSphere
    CSINodeExpandSecret CronJobTimeZone CustomResourceValidationExpressions DownwardAPIHugePages ExpandedDNSConfig GRPCContainerProbe
    IPTablesOwnershipCleanup JobMutableNodeSchedulingDirectives JobReadyPods JobTrackingWithFinalizers KMSv2 KMSv2KDF
    KubeletPodResources KubeletPodResourcesGetAllocatable LegacyServiceAccountTokenNoAutoGeneration LegacyServiceAccountTokenTracking
    MinimizeIPTablesRestore NodeOutOfServiceVolumeDetach OpenAPIV3 ProbeTerminationGracePeriod ProxyTerminatingEndpoints
    ReadWriteOncePod RetroactiveDefaultStorageClass SeccompDefault ServerSideApply ServerSideFieldValidation
    ServiceNodePortStaticSubrange TopologyManager`),
  30: names('CloudDualStackNodeIPs LegacyServiceAccountTokenCleanUp PodSchedulingReadiness StableLoadBalancerNodeSet'),
  31: names('LogarithmicScaleDown'),
  32: names(`ComponentSLIs CustomResourceFieldSelectors MemoryManager RetryGenerateName ServiceAccountTokenJTI ServiceAccountTokenNodeBindingValidation
    ServiceAccountTokenPodNodeInfo StructuredAuthorizationConfiguration`),
  33: names(`AnyVolumeDataSource BtreeWatchCache CPUManagerPolicyOptions CRDValidationRatcheting CSIMigrationPortworx HonorPVReclaimPolicy
    JobBackoffLimitPerIndex JobSuccessPolicy MatchLabelKeysInPodAffinity NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread
    RecursiveReadOnlyMounts ServiceAccountTokenNodeBinding ServiceTrafficDistribution SidecarContainers TopologyAwareHints`),
  34: names(`APIServerTracing AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors AuthorizeWithSelectors ConsistentListFromCache
    JobPodReplacementPolicy KubeletCgroupDriverFromCRI KubeletTracing MultiCIDRServiceAllocator NodeSwap OrderedNamespaceDeletion
    PodLifecycleSleepAction PodLifecycleSleepActionAllowZero RecoverVolumeExpansionFailure RelaxedDNSSearchValidation
    RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization SchedulerQueueingHints SeparateTaintEvictionController
    StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration WinDSR WinOverlay`),
  35: names(`AggregatedDiscoveryRemoveBetaType DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ImageMaximumGCAge
    InPlacePodVerticalScaling JobManagedBy PodObservedGenerationTracking PreferSameTrafficDistribution SupplementalGroupsPolicy
    SystemdWatchdog`),
  36: names(
    'CSIServiceAccountTokenSecrets DRAAdminAccess KubeletFineGrainedAuthz UserNamespacesSupport VolumeAttributesClass',
  ),
};

const lockedOff: Readonly<Record<number, readonly string[]>> = {
  29: names('ExperimentalHostUserNamespaceDefaulting'),
  33: names('WatchFromStorageWithoutResourceVersion'),
  35: names('AllowOverwriteTerminationGracePeriodSeconds'),
};

/** From 1.35 on: a gate, what it is by default, and the gates that must be on where it is on, with what those are by default. */
const dependencies: readonly (readonly [
  gate: string,
  onByDefault: boolean,
  needs: string,
  needsOnByDefault: boolean,
])[] = [
  ['GracefulNodeShutdownBasedOnPodPriority', true, 'GracefulNodeShutdown', true],
  ['WindowsGracefulNodeShutdown', true, 'GracefulNodeShutdown', true],
  ['MatchLabelKeysInPodTopologySpreadSelectorMerge', true, 'MatchLabelKeysInPodTopologySpread', true],
  ['ProcMountType', true, 'UserNamespacesSupport', true],
  ['UserNamespacesHostNetworkSupport', false, 'UserNamespacesSupport', true],
  ['ClusterTrustBundleProjection', false, 'ClusterTrustBundle', false],
  ['DRADeviceBindingConditions', false, 'DRAResourceClaimDeviceStatus', true],
  ['DRADeviceTaintRules', false, 'DRADeviceTaints', false],
  ['DeclarativeValidationTakeover', false, 'DeclarativeValidation', true],
  ['GangScheduling', false, 'GenericWorkload', false],
  ['ImageVolumeWithDigest', false, 'ImageVolume', true],
  ['InPlacePodLevelResourcesVerticalScaling', false, 'NodeDeclaredFeatures', false],
  ['InPlacePodLevelResourcesVerticalScaling', false, 'PodLevelResources', true],
  ['RestartAllContainersOnContainerExits', false, 'ContainerRestartRules', true],
  ['RestartAllContainersOnContainerExits', false, 'NodeDeclaredFeatures', false],
  ['StorageVersionAPI', false, 'APIServerIdentity', true],
  ['UnknownVersionInteroperabilityProxy', false, 'APIServerIdentity', true],
];

/** The newest version with lines of its own above. */
export const gatesKnownUpTo = Math.max(...Object.keys(since).map(Number));

const byName = (table: Readonly<Record<number, readonly string[]>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(table).flatMap(([minor, gates]) => gates.map((gate) => [gate, Number(minor)] as const)));

const [firstMinor, lastMinor, onFrom, offFrom] = [byName(since), byName(goneFrom), byName(lockedOn), byName(lockedOff)];

/** The newest version of which all gates are listed; a newer one may know more. */
const newestWholeList = 35;

/** A name that could be that of a new gate: one that no list has, however its letters are written. */
const mayBeNew = (gate: string): boolean =>
  /^[A-Z][A-Za-z\d]{3,}$/.test(gate) &&
  ![...firstMinor.keys()].some((known) => known.toLowerCase() === gate.toLowerCase());

/**
 * Why a kubelet of this minor version does not start with such feature gates: one sentence, or `undefined`. A gate that it does not know is one reason.
 * Source: kubernetes `pkg/features/kube_features.go` of 1.28, 1.30, 1.35 and 1.36, `component-base/{featuregate,metrics/features}`; measured on 1.29.14, 1.34.9, 1.36.3.
 * 1.37 by `CHANGELOG-1.37.md` at df0a31e0 and kubernetes#135336 only.
 * @param accepted gates with which a kubelet has started: then the lists lack them
 */
export function gateProblem(
  gates: ReadonlyMap<string, boolean>,
  { minor, accepted }: { readonly minor: number; readonly accepted: ReadonlySet<string> },
): string | undefined {
  for (const [gate, on] of gates) {
    const named = `the feature gate ${printable(gate, 60) || '""'}`;
    if (minor >= (lastMinor.get(gate) ?? Number.POSITIVE_INFINITY)) return `${named} is gone from a kubelet 1.${minor}`;
    const isNew = minor > newestWholeList && mayBeNew(gate);
    const isAccepted = isNew || (accepted.has(gate) && !firstMinor.has(gate));
    if (!isAccepted && minor < (firstMinor.get(gate) ?? Number.POSITIVE_INFINITY))
      return `${named} is in no list of those of a kubelet 1.${minor}`;
    const locked = minor >= ((on ? offFrom : onFrom).get(gate) ?? Number.POSITIVE_INFINITY);
    if (locked) return `${named} can't be ${on} in a kubelet 1.${minor}: it is locked to ${!on}`;
  }
  if (minor < 35) return undefined;

  // Measured on 1.35.6.
  if (gates.get('AllBeta') === false) return `a kubelet 1.${minor} can't be without all of its beta features`;
  const broken = dependencies.find(
    ([gate, on, needs, needsOn]) => (gates.get(gate) ?? on) && !(gates.get(needs) ?? needsOn),
  );
  return broken && `the feature gate ${broken[0]} needs ${broken[2]}, which is off`;
}
