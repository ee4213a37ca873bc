// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Amazon Web Services: common errors and those of S3, DynamoDB, Lambda, SQS, SNS, KMS, Kinesis, STS and SES.
    public static let aws = ErrorClassifier(preset: [.aws, .network, .http, .replies, .exceptions, .words], assumedSource: "aws")
}

extension RuleTable {
    /// Error types of AWS services. Codes that mean something else elsewhere need the source.
    public static let aws = RuleTable(
        "aws", of: ["aws", "ses"], needsSource: true, codesInText: .anywhere,
        cite: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html", [
            Rule("transaction throttled", .rateLimited, on: "TransactionCanceledException", says: [
                "throttlingerror", "provisionedthroughputexceeded", "requestlimitexceeded",
            ], cite: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"),
            Rule("transaction lost a race", .conflict, .retry, on: "TransactionCanceledException", says: ["transactionconflict"]),
            Rule("transaction precondition", .conflict, .fail, on: "TransactionCanceledException", says: ["conditionalcheckfailed"]),
            Rule("transaction refused", .validation, on: "TransactionCanceledException", says: ["validationerror", "itemcollectionsizelimitexceeded"]),
            Rule("transaction duplicate", .duplicate, .fail, on: "TransactionCanceledException", says: ["duplicateitem"]),
            Rule("transaction cancelled", .conflict, .retry, on: "TransactionCanceledException"),
            Rule("mail quota", .quotaExhausted, on: "ThrottlingException Throttling LimitExceededException", says: [
                "daily message quota exceeded", "daily*quota",
            ], cite: "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"),
            Rule("limit that is a rate", .rateLimited, on: "LimitExceededException", says: [
                "rate exceeded", "rate limit", "too many requests", "throttl", "request rate", "control plane", "simultaneously",
            ]),
            Rule("account limit", .quotaExhausted, .fail, on: """
                LimitExceededException ServiceQuotaExceededException TooManyBuckets LimitExceeded ServiceLimitExceeded \
                ResourceLimitExceeded ResourceLimitExceededException QuotaExceededException \
                ServiceQuotaExceeded CodeStorageExceededException KeyUnavailableQuota TopicLimitExceeded TopicLimitExceededException \
                SubscriptionLimitExceeded SubscriptionLimitExceededException MaxNumberOfVersions FilterPolicyLimitExceeded
                """),
            Rule("asks for fewer requests", .rateLimited, on: "ServiceUnavailable", says: ["reduce your request rate"],
                cite: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"),
            Rule("sender not verified", .authorization, on: "MessageRejected", says: ["not verified"],
                cite: "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"),
            Rule("endpoint unknown", .invalidRecipient, on: "InvalidParameter InvalidParameterException", says: ["no endpoint found for the target arn"],
                cite: "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"),
            Rule("rate", .rateLimited, on: """
                Throttling ThrottlingException ThrottledException RequestThrottledException RequestThrottled \
                TooManyRequestsException TooManyRequests RequestLimitExceeded SlowDown BandwidthLimitExceeded \
                ProvisionedThroughputExceededException ProvisionedThroughputExceeded PriorRequestNotComplete \
                TransactionThrottledException EC2ThrottledException KMSThrottling KMSThrottlingException Throttled \
                LimitExceededThrottling ThrottlingError ThrottledError EC2Throttled PolicyEvaluationThrottled \
                RequestRateExceeded ReplicatedWriteThrottled RateExceeded SendingRateExceeded MaxSpotInstanceCountExceeded
                """, cite: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"),
            Rule("in progress", .conflict, .retry, ambiguous: true, on: "TransactionInProgressException IdempotencyInProgress"),
            Rule("lost a race", .conflict, .retry, on: """
                TransactionConflictException OperationAborted ResourceConflictException ConflictException \
                ConcurrentModificationException ConcurrentModification ReplicatedWriteConflictException ResourceInUse \
                OptimisticLockException InvalidUpdateState ConditionalRequestConflict ResourceNotReadyException \
                SnapStartNotReadyException DBInstanceNotAvailable KMSInvalidStateException QueueDeletedRecently \
                ConflictingOperationException PreviousRequestInProgress IncorrectState RestoreAlreadyInProgress
                """),
            Rule("precondition", .conflict, .fail, on: "PreconditionFailed PreconditionFailedException ConditionalCheckFailedException ConditionalCheckFailed BucketNotEmpty DeleteConflict"),
            Rule("table exists", .duplicate, .treatAsDone, on: "ResourceInUseException BucketAlreadyOwnedByYou"),
            Rule("exists", .duplicate, .fail, on: """
                DuplicateItemException EntityAlreadyExists ResourceAlreadyExistsException BucketAlreadyExists \
                TableAlreadyExistsException AlreadyExistsException QueueAlreadyExists QueueNameExists EntityAlreadyExistsException \
                AlreadyExists ResourceExistsException InvalidBucketStateExists
                """),
            Rule("timeout before the body", .timeout, ambiguous: false, on: "RequestTimeout RequestTimeoutException"),
            Rule("timeout", .timeout, on: """
                DependencyTimeoutException DependencyTimeout GatewayTimeout TimeoutException SqsTimeout \
                EFSMountTimeoutException SnapStartTimeoutException Lambda.Timeout Sandbox.Timedout
                """),
            Rule("identity provider unreachable", .network, ambiguous: false, on: "IDPCommunicationError IDPCommunicationErrorException"),
            Rule("network", .network, ambiguous: true, on: "EFSMountConnectivityException NetworkingError ClientConnectionError"),
            Rule("fault", .server, on: """
                InternalFailure InternalError InternalServerError InternalServerException InternalException ServiceException \
                InternalErrorException KMSInternalException InternalServiceError InternalServiceException ServerException \
                InternalServerErrorException ServiceFailure UnknownError DependencyFailureException KMSInternal \
                InternalServiceFault ServiceFailureException ServerInternal
                """),
            Rule("unavailable", .unavailable, on: """
                ServiceUnavailable ServiceUnavailableException ServiceUnavailableError Unavailable \
                InsufficientCapacityException KeyUnavailableException ServerUnavailable SubnetIPAddressLimitReached Busy
                """),
            Rule("capacity", .resourceExhausted, .retry, on: """
                ENILimitReachedException SubnetIPAddressLimitReachedException EC2UnexpectedException \
                InsufficientInstanceCapacity InsufficientAddressCapacity InsufficientHostCapacity
                """),
            Rule("expired credential", .authentication, .reauthenticate, on: """
                ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired ExpiredCredentials \
                UnauthorizedSSOTokenError SSOTokenExpired AuthExpired
                """),
            Rule("clock", .configuration, .retry, on: "RequestTimeTooSkewed RequestInTheFuture"),
            Rule("old signature", .authentication, .retry, on: "InvalidSignatureException", says: ["signature expired", "not yet current"]),
            Rule("credential", .authentication, on: """
                InvalidClientTokenId SignatureDoesNotMatch UnrecognizedClientException InvalidAccessKeyId \
                IncompleteSignature IncompleteSignatureException MissingAuthenticationToken MissingAuthenticationTokenException \
                InvalidSignatureException InvalidSignature AuthFailure MissingSecurityHeader InvalidSecurity InvalidToken \
                CredentialsNotFound NoCredentialProviders NoCredentialsError CredentialsProviderError InvalidAccessKey InvalidIdentityToken InvalidIdentityTokenException MissingSecurityElement \
                AuthMissingFailure
                """),
            Rule("access", .authorization, on: """
                AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException UnauthorizedOperation \
                OptInRequired NotAuthorized NotAuthorizedException AllAccessDisabled AccountProblem InvalidPayer \
                UnauthorizedAccess UnauthorizedException Blocked InvalidObjectState KMSAccessDeniedException \
                ForbiddenException AccountBlocked SubscriptionRequiredException NotSignedUp \
                RegionDisabledException IDPRejectedClaim IDPRejectedClaimException EC2AccessDeniedException AccountSendingPausedException SendingPausedException AccountSuspendedException SecurityTokenServiceRegionDisabled KMSAccessDenied InvalidPermission
                """),
            Rule("absent", .notFound, on: """
                NoSuchKey NoSuchBucket NoSuchUpload NoSuchVersion NoSuchEntity NoSuchLifecycleConfiguration NoSuchBucketPolicy \
                ResourceNotFoundException ResourceNotFound NotFound NotFoundException NoSuchTagSet QueueDoesNotExist \
                AWS.SimpleQueueService.NonExistentQueue NonExistentQueue NoSuchEntityException TableNotFoundException \
                KMSNotFoundException FunctionNotFound TopicNotFound NoSuchCORSConfiguration BackupNotFoundException \
                StreamNotFoundException NoSuchWebsiteConfiguration ReplicationConfigurationNotFoundError GlobalTableNotFoundException \
                PolicyNotFound MessageNotInflight.NotFound
                """),
            Rule("endpoint gone", .invalidRecipient, on: "EndpointDisabled EndpointDisabledException PlatformApplicationDisabled PlatformApplicationDisabledException OptedOut OptedOutException",
                cite: "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"),
            Rule("mail rejected", .permanent, on: "MessageRejected", cite: "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"),
            Rule("setup", .configuration, on: """
                AuthorizationHeaderMalformed PermanentRedirect TemporaryRedirect Redirect IllegalLocationConstraintException \
                InvalidAction MethodNotAllowed NotImplemented ConfigurationSetDoesNotExist ConfigurationSetDoesNotExistException \
                KMSDisabledException KMSOptInRequired InvalidRuntimeException UnsupportedOperation AWS.SimpleQueueService.UnsupportedOperation \
                KMSDisabled DisabledException InvalidSubnetIDException InvalidSecurityGroupIDException InvalidRegion \
                ConfigurationSetSendingPausedException UnsupportedOperationException UnknownOperationException UnsupportedProtocol \
                BucketHasAccessPointsAttached RecursiveInvocationException MailFromDomainNotVerified MailFromDomainNotVerifiedException ConfigurationSetSendingPaused \
                InvalidZipFileException InvalidServiceEndpoint
                """),
            Rule("digest", .dataCorruption, on: "BadDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch InvalidDigestOnRead"),
            Rule("body cut off", .network, ambiguous: false, on: "IncompleteBody"),
            Rule("collection", .resourceExhausted, .fail, on: "ItemCollectionSizeLimitExceededException"),
            Rule("in-flight messages", .resourceExhausted, .retry, on: "OverLimit OverLimitException AWS.SimpleQueueService.OverLimit KMSPendingLimit"),
            Rule("purge in progress", .conflict, .retryAfter, on: "PurgeQueueInProgress AWS.SimpleQueueService.PurgeQueueInProgress AWS.SimpleQueueService.QueueDeletedRecently"),
            Rule("request", .validation, on: """
                ValidationException ValidationError InvalidParameterValue InvalidParameter InvalidParameterCombination \
                MissingParameter MissingAction MalformedQueryString InvalidQueryParameter InvalidArgument InvalidRequest \
                InvalidParameterValueException InvalidParameterException InvalidRequestException IdempotentParameterMismatchException \
                IdempotentParameterMismatch ReceiptHandleIsInvalid InvalidIdFormat InvalidMessageContents EntityTooLarge \
                EntityTooSmall InvalidBucketName InvalidDigest InvalidPart InvalidPartOrder InvalidRange KeyTooLongError MalformedXML \
                MalformedPolicyDocument MalformedPolicy MetadataTooLarge MissingContentLength MissingRequestBodyError \
                RequestEntityTooLargeException RequestTooLargeException UnsupportedMediaTypeException SerializationException \
                BatchRequestTooLong BatchEntryIdsNotDistinct EmptyBatchRequest TooManyEntriesInBatchRequest InvalidBatchEntryId \
                InvalidAttributeName InvalidAttributeValue BatchRequestTooLongException ExpiredIteratorException InvalidRequestContentException \
                PolicyLengthExceededException PackedPolicyTooLarge PolicyDocument BadRequestException InvalidInput InvalidURI \
                InvalidStorageClass InvalidTargetBucketForLogging MalformedPOSTRequest MessageNotInflight MessageTooLong InvalidJobState \
                UserKeyMustBeSpecified TrimmedDataAccessException InvalidCiphertextException AWS.SimpleQueueService.* KMS* \
                InvalidCodeSignatureException InvalidEndpointId MessageTooLongException NotUpdatable Invalid*
                """),
        ])
}
