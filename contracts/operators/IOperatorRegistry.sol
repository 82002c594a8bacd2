// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IOperatorRegistry
/// @notice Who may sign answers, with which key, since when and until when; and the standing bond behind it.
///
/// An operator is an address (a Safe or any contract may be one). It signs with hot keys, its signers: an EOA (20
/// bytes), or an ERC-7913 key (verifier address, then key) whose verifier is on this deployment's list. `signerId` is
/// the keccak256 of the signer bytes. Periods are half-open: a key is valid at t if `validFrom <= t < validUntil`.
interface IOperatorRegistry {
    /* TYPES */

    /// @notice Computed from stored facts and the clock. Only `Active` operators anchor batches.
    enum OperatorStatus {
        None,
        Active,
        Jailed,
        Retired,
        Tombstoned
    }

    struct OperatorView {
        OperatorStatus status;
        uint256 jailedFrom;
        uint256 jailedUntil; // a day after the term; the maximum of uint40: a day after `restoreBond`
        uint256 retiredAt; // 0: not retired
        uint256 tombstonedAt; // 0: not tombstoned
        uint256 nonce; // for the next proof of possession
    }

    struct SignerView {
        address operator; // zero: unknown
        uint256 validFrom;
        uint256 validUntil; // the maximum of uint40: not revoked
        uint256 compromisedSince; // 0 and reportedAt 0: not reported
        uint256 reportedAt;
    }

    /* ERRORS: INPUT */

    /// @notice The address is registered already.
    error OperatorExists(address operator);
    /// @notice The operator's status does not allow the call.
    error OperatorInStatus(address operator, OperatorStatus actual, OperatorStatus expected);
    /// @notice Signer bytes are 20 (EOA) or more (verifier and key).
    error SignerLength(uint256 actual, uint256 minimum);
    /// @notice The ERC-7913 verifier is not on the list.
    error VerifierNotListed(address verifier);
    /// @notice The signer belongs to an operator, for all time.
    error SignerTaken(bytes32 signerId, address operator);
    /// @notice The signer is another operator's, or nobody's.
    error SignerOfOther(bytes32 signerId, address actual, address expected);
    /// @notice The key is not valid at that time.
    error SignerNotValid(bytes32 signerId, uint256 timestamp, uint256 validFrom, uint256 validUntil);
    /// @notice The signer was revoked, or reported, before.
    error SignerRevoked(bytes32 signerId, uint256 timestamp);
    /// @notice The time lies in the past, where the future (or now) is asked for, or the reverse.
    error TimeOutOfRange(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice `signature` is not `abi.encode(signer bytes, raw signature)`.
    error SignatureMalformed();
    /// @notice The signature is by another signer than the one named.
    error SignatureOfOther(bytes32 actual, bytes32 expected);
    /// @notice The signature does not verify for this digest: another chain, contract, content or key, high s, or
    /// damaged.
    error SignatureInvalid(bytes32 signerId, bytes32 digest);
    /// @notice The model is hosted (true) or not hosted (false) already.
    error HostedAlready(bytes32 modelId, bool hosted);

    /* ERRORS: STANDING */

    /// @notice The operator was in jail at that time.
    error OperatorJailed(address operator, uint256 timestamp, uint256 jailedFrom, uint256 jailedUntil);
    /// @notice The operator was retired or tombstoned before that time.
    error OperatorLeft(address operator, uint256 timestamp, uint256 leftAt);
    /// @notice The bond is free at `readyAt`.
    error BondNotFree(address operator, uint256 actual, uint256 readyAt);
    /// @notice Nothing is missing from the bond.
    error BondWhole(address operator);

    /* ERRORS: WIRING AND PARAMETERS */

    /// @notice Only the SlashingRegistry may call.
    error NotSlashingRegistry(address actual, address expected);
    /// @notice Only the AttestationRegistry may call.
    error NotAttestationRegistry(address actual, address expected);
    /// @notice The wiring was fixed before.
    error AlreadySealed();
    /// @notice The zero address cannot stand here.
    error ZeroAddress();
    /// @notice The parameter is outside the bounds fixed at deployment.
    error ParameterOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice The verifier is on the list already.
    error VerifierListed(address verifier);

    /* EVENTS */

    /// @notice `operator` is registered and `bond` of its stake locked.
    event OperatorRegistered(address indexed operator, string metadataURI, uint256 exposureCap, uint256 bond);
    /// @notice The operator describes itself elsewhere.
    event MetadataSet(address indexed operator, string metadataURI);
    /// @notice The exposure cap is, or will be, `exposureCap` from `effectiveAt` on.
    event ExposureCapSet(address indexed operator, uint256 exposureCap, uint256 effectiveAt);
    /// @notice The key signs for `operator` from `validFrom` on.
    event SignerAdded(address indexed operator, bytes32 indexed signerId, bytes signer, uint256 validFrom);
    /// @notice The key signs no more from `validUntil` on.
    event SignerRevocation(address indexed operator, bytes32 indexed signerId, uint256 validUntil);
    /// @notice Answers of the key signed at or after `since` that are not final are recalled.
    event CompromiseReported(address indexed operator, bytes32 indexed signerId, uint256 since);
    /// @notice `operator` answers for the model.
    event ModelHosted(address indexed operator, bytes32 indexed modelId);
    /// @notice It does so no more.
    event ModelUnhosted(address indexed operator, bytes32 indexed modelId);
    /// @notice `operator` left; its bond is free from `bondFreeAt` on.
    event OperatorRetired(address indexed operator, uint256 bondFreeAt);
    /// @notice The bond of a retired operator was unlocked.
    event BondReleased(address indexed operator, uint256 amount);
    /// @notice `added` was locked again; the bond is whole.
    event BondRestored(address indexed operator, uint256 added);
    /// @notice `taken` of the bond was seized.
    event BondSeized(address indexed operator, uint256 taken);
    /// @notice Jailed; `until` is the maximum of uint40 while `restoreBond` is missing.
    event OperatorJailedUntil(address indexed operator, uint256 from, uint256 until);
    /// @notice `operator` is out for good.
    event OperatorTombstoned(address indexed operator);
    /// @notice Keys of this ERC-7913 verifier are accepted.
    event VerifierAdded(address indexed verifier);
    /// @notice The bond of operators to come changed.
    event MinOperatorStakeSet(uint256 minOperatorStake);

    /* OPERATORS */

    /// @notice Registers the caller, once per address, and locks `minOperatorStake` of its stake as standing bond. The
    /// caller has opted in to this registry in the vault; locks reach 90 % of stake, so a bond of 1,000 needs 1,112.
    /// @param metadataURI where the operator describes itself and its endpoints.
    /// @param exposureCap the most that leaf locks caused by hot keys may reach, stake token.
    function register(string calldata metadataURI, uint96 exposureCap) external;

    /// @notice Says where the caller describes itself. Registered operators only.
    function setMetadata(string calldata metadataURI) external;

    /// @notice Sets the exposure cap anew, whatever seizures have left of the old one: at once when the new one is not
    /// lower than what is left, one day later when it is.
    function setExposureCap(uint96 exposureCap) external;

    /// @notice Adds a hot key, with proof that its holder agrees: the key's signature over EIP-712
    /// `SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)` in this contract's domain.
    /// @param signer 20 bytes (EOA) or verifier ++ key (ERC-7913).
    /// @param validFrom seconds, now or later; 0 for now.
    /// @param deadline of the proof, seconds, inclusive.
    /// @param proof raw signature of the key.
    function addSigner(bytes calldata signer, uint48 validFrom, uint48 deadline, bytes calldata proof) external;

    /// @notice Ends the key's validity now. What it signed before stays the operator's liability.
    function revokeSigner(bytes32 signerId) external;

    /// @notice Revokes the key and recalls its answers signed at or after `since` that are not final yet. Once per
    /// signer. Liability does not change: batches, disputes and offences judge a key as the registry stood before any
    /// report.
    function reportCompromise(bytes32 signerId, uint48 since) external;

    /// @notice Announces that the caller answers for a model.
    function host(bytes32 modelId) external;

    /// @notice Announces that the caller answers for the model no more.
    function unhost(bytes32 modelId) external;

    /// @notice Ends the operator's business for good. Its bond stays locked for one unbonding period.
    function retire() external;

    /// @notice Frees the bond of a retired operator after that period. Anybody may call.
    function releaseBond(address operator) external;

    /// @notice Locks again what was seized of the caller's bond, and ends a jail that lasted until then (a day later).
    function restoreBond() external;

    /* SLASHING REGISTRY ONLY */

    /// @notice Jails for a term that ends at `until` or later, and one day beyond it, the life of a receipt. A jail
    /// that starts in another one keeps its beginning.
    /// @param untilRestored the jail also lasts until `restoreBond`.
    function jail(address operator, uint256 until, bool untilRestored) external;

    /// @notice Ends the operator for good. No effect on one that is tombstoned.
    function tombstone(address operator) external;

    /// @notice Takes up to `amount` of the standing bond for the recipients, see `IStakeVault.seize`.
    function seizeBond(
        address operator,
        uint256 amount,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external returns (uint256 taken);

    /* ATTESTATION REGISTRY ONLY */

    /// @notice A seized leaf lock stays counted: the exposure cap loses `amount` until it is set anew. Else a thief
    /// with a hot key lies, is caught, takes the coverage as beneficiary, and repeats until the stake is gone.
    function lowerCap(address operator, uint256 amount) external;

    /* GOVERNANCE */

    /// @notice Fixes SlashingRegistry and AttestationRegistry, once and for good. Administrator only, at deployment.
    function seal(address slashingRegistry, address attestationRegistry) external;

    /// @notice Appends a stateless ERC-7913 verifier. Governor only; nothing is ever removed.
    function addVerifier(address verifier) external;

    /// @notice Sets the bond for operators to come, between a tenth and ten times the genesis value. Governor only.
    function setMinOperatorStake(uint96 minOperatorStake) external;

    /* VIEWS */

    /// @notice What is known of an operator.
    function operator(address operator) external view returns (OperatorView memory);

    /// @notice Status now; `None` for an address that never registered.
    function status(address operator) external view returns (OperatorStatus);

    /// @notice What is known of a signer.
    function signer(bytes32 signerId) external view returns (SignerView memory);

    /// @notice The standing bond that is locked.
    function bondOf(address operator) external view returns (uint256);

    /// @notice Whether the operator announced the model.
    function hosts(address operator, bytes32 modelId) external view returns (bool);

    /// @notice Whether keys of that ERC-7913 verifier are accepted.
    function isVerifier(address verifier) external view returns (bool);

    /// @notice The bond that registering locks.
    function minOperatorStake() external view returns (uint256);

    /// @notice What leaf locks may reach now: the cap in force, less what was seized since it was set.
    function exposureCap(address operator) external view returns (uint256);

    /// @notice Reverts unless the operator may anchor a batch now: it is `Active` and the key valid.
    /// @return cap see `exposureCap`.
    function requireActive(address operator, bytes32 signerId) external view returns (uint256 cap);

    /// @notice As `requireActive`, and that the key signed `digest`.
    /// @param signature `abi.encode(signer bytes, raw signature)`.
    function requireActiveSigned(
        address operator,
        bytes32 signerId,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (uint256 cap);

    /// @notice Reverts unless the operator was in standing at `timestamp`: registered, not in its latest jail, not
    /// retired or tombstoned before.
    function requireStanding(address operator, uint256 timestamp) external view;

    /// @notice Reverts unless the key was the operator's and valid at `timestamp` and signed `digest`.
    /// @param signature `abi.encode(signer bytes, raw signature)`.
    function requireSigned(
        address operator,
        bytes32 signerId,
        uint256 timestamp,
        bytes32 digest,
        bytes calldata signature
    ) external view;

    /// @notice When answers of that key signed at `issuedAt` were recalled: by a report of the key or the operator's
    /// tombstone, whichever came first; the maximum of uint256 if never.
    function recalledAt(address operator, bytes32 signerId, uint256 issuedAt) external view returns (uint256);
}
