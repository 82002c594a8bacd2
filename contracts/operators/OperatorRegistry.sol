// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IntakePausable } from "../governance/IntakePausable.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { IOperatorRegistry } from "./IOperatorRegistry.sol";
import { Signers } from "./Signers.sol";

/// @title OperatorRegistry
/// @notice See `IOperatorRegistry`, the manual of this contract.
contract OperatorRegistry is Signers, IntakePausable {
    /* CONSTANTS */

    /// @dev The life of a receipt that is not anchored yet: what was signed under a cap can be anchored under it, and
    /// nothing that was signed in jail can be in a batch.
    uint40 private constant RECEIPT_LIFE = 1 days;
    /// @dev Governance moves the bond within this factor of its genesis value, up and down.
    uint256 private constant STAKE_RANGE = 10;
    uint8 private constant REGISTERED = 1;
    /// @dev The jail lasts until `restoreBond`, whatever jailedUntil says.
    uint8 private constant BOND_SHORT = 2;
    /// @dev A lower cap waits in `_capChanges`, or has taken effect there.
    uint8 private constant CAP_CHANGING = 4;

    /* IMMUTABLES */

    /// @notice The vault that holds the stake.
    IStakeVault public immutable VAULT;
    /// @notice Standing bond at genesis; governance stays within a tenth and ten times of it.
    uint256 public immutable GENESIS_MIN_OPERATOR_STAKE;

    /* STORAGE */

    /// @dev One word, read by every anchoring. Times are uint32 seconds, enough until 2106.
    struct Operator {
        uint96 cap; // what is left of the exposure cap, unless a lower one has taken effect
        uint32 jailedFrom;
        uint32 jailedUntil;
        uint32 retiredAt;
        uint32 tombstonedAt;
        uint24 nonce;
        uint8 flags; // REGISTERED, BOND_SHORT, CAP_CHANGING
    }

    struct CapChange {
        uint96 cap; // in force from effectiveAt on
        uint40 effectiveAt;
    }

    /// @inheritdoc IOperatorRegistry
    uint256 public minOperatorStake;
    /// @notice The contract whose word seizes bonds, jails and tombstones.
    address public slashingRegistry;
    /// @notice The contract that says what of the exposure cap was lost to a seizure.
    address public attestationRegistry;
    mapping(address operator => Operator) private _operators;
    mapping(address operator => CapChange) private _capChanges;
    mapping(address operator => uint256) private _bondMissing;
    mapping(address operator => mapping(bytes32 modelId => bool)) private _hosts;

    modifier onlySlashing() {
        _requireSlashing();
        _;
    }

    /* DEPLOYMENT AND GOVERNANCE */

    /// @param authority AccessManager of the deployment.
    /// @param vault StakeVault.
    /// @param minOperatorStake_ standing bond, stake token.
    /// @param verifiers stateless ERC-7913 verifiers to start with.
    constructor(
        address authority,
        IStakeVault vault,
        uint96 minOperatorStake_,
        address[] memory verifiers
    ) IntakePausable(authority) Signers(verifiers) {
        if (minOperatorStake_ == 0) revert ParameterOutOfBounds(0, 1, type(uint96).max);
        VAULT = vault;
        GENESIS_MIN_OPERATOR_STAKE = minOperatorStake_;
        minOperatorStake = minOperatorStake_;
    }

    /// @inheritdoc IOperatorRegistry
    function seal(address slashingRegistry_, address attestationRegistry_) external restricted {
        if (slashingRegistry != address(0)) revert AlreadySealed();
        if (slashingRegistry_ == address(0) || attestationRegistry_ == address(0)) revert ZeroAddress();
        slashingRegistry = slashingRegistry_;
        attestationRegistry = attestationRegistry_;
    }

    /// @inheritdoc IOperatorRegistry
    function addVerifier(address verifier) external restricted {
        _addVerifier(verifier);
    }

    /// @inheritdoc IOperatorRegistry
    function setMinOperatorStake(uint96 minOperatorStake_) external restricted {
        uint256 minimum = Math.ceilDiv(GENESIS_MIN_OPERATOR_STAKE, STAKE_RANGE);
        uint256 maximum = GENESIS_MIN_OPERATOR_STAKE * STAKE_RANGE;
        if (minOperatorStake_ < minimum || minOperatorStake_ > maximum) {
            revert ParameterOutOfBounds(minOperatorStake_, minimum, maximum);
        }
        minOperatorStake = minOperatorStake_;
        emit MinOperatorStakeSet(minOperatorStake_);
    }

    /* OPERATORS */

    /// @inheritdoc IOperatorRegistry
    function register(string calldata metadataURI, uint96 exposureCap_) external whenIntakeOpen {
        Operator memory o;
        if (_operators[msg.sender].flags != 0) revert OperatorExists(msg.sender);
        (o.flags, o.cap) = (REGISTERED, exposureCap_);
        _operators[msg.sender] = o;
        uint256 bond = minOperatorStake;
        emit OperatorRegistered(msg.sender, metadataURI, exposureCap_, bond);
        VAULT.lock(msg.sender, bond);
    }

    /// @inheritdoc IOperatorRegistry
    function setMetadata(string calldata metadataURI) external {
        _requireRegistered(msg.sender);
        emit MetadataSet(msg.sender, metadataURI);
    }

    /// @inheritdoc IOperatorRegistry
    function setExposureCap(uint96 exposureCap_) external {
        _requireRegistered(msg.sender);
        Operator memory o = _operators[msg.sender];
        o.cap = uint96(_capOf(msg.sender, o));
        uint256 effectiveAt = block.timestamp;
        if (exposureCap_ < o.cap) {
            effectiveAt += RECEIPT_LIFE;
            o.flags |= CAP_CHANGING;
            _capChanges[msg.sender] = CapChange({ cap: exposureCap_, effectiveAt: uint40(effectiveAt) });
        } else {
            o.flags &= ~CAP_CHANGING;
            o.cap = exposureCap_;
        }
        _operators[msg.sender] = o;
        emit ExposureCapSet(msg.sender, exposureCap_, effectiveAt);
    }

    /// @inheritdoc IOperatorRegistry
    function host(bytes32 modelId) external whenIntakeOpen {
        _requireNotLeft(msg.sender, _operators[msg.sender]);
        if (_hosts[msg.sender][modelId]) revert HostedAlready(modelId, true);
        _hosts[msg.sender][modelId] = true;
        emit ModelHosted(msg.sender, modelId);
    }

    /// @inheritdoc IOperatorRegistry
    function unhost(bytes32 modelId) external {
        if (!_hosts[msg.sender][modelId]) revert HostedAlready(modelId, false);
        _hosts[msg.sender][modelId] = false;
        emit ModelUnhosted(msg.sender, modelId);
    }

    /// @inheritdoc IOperatorRegistry
    function retire() external {
        _requireNotLeft(msg.sender, _operators[msg.sender]);
        _operators[msg.sender].retiredAt = uint32(block.timestamp);
        emit OperatorRetired(msg.sender, _bondFreeAt(msg.sender));
    }

    /// @inheritdoc IOperatorRegistry
    function releaseBond(address operator_) external {
        OperatorStatus actual = status(operator_);
        if (_operators[operator_].retiredAt == 0) revert OperatorInStatus(operator_, actual, OperatorStatus.Retired);
        uint256 readyAt = _bondFreeAt(operator_);
        if (block.timestamp < readyAt) revert BondNotFree(operator_, block.timestamp, readyAt);
        uint256 amount = bondOf(operator_);
        emit BondReleased(operator_, amount);
        VAULT.unlock(operator_, amount);
    }

    /// @inheritdoc IOperatorRegistry
    function restoreBond() external {
        Operator memory o = _operators[msg.sender];
        _requireNotLeft(msg.sender, o);
        if (o.flags & BOND_SHORT == 0) revert BondWhole(msg.sender);
        uint256 missing = _bondMissing[msg.sender];
        _bondMissing[msg.sender] = 0;
        o.flags ^= BOND_SHORT;
        o.jailedUntil = uint32(Math.max(o.jailedUntil, block.timestamp));
        _operators[msg.sender] = o;
        emit BondRestored(msg.sender, missing);
        VAULT.lock(msg.sender, missing);
    }

    /* SLASHING REGISTRY ONLY */

    /// @inheritdoc IOperatorRegistry
    function jail(address operator_, uint256 until, bool untilRestored) external onlySlashing {
        Operator memory o = _operators[operator_];
        if (block.timestamp >= _jailEnd(o)) o.jailedFrom = uint32(block.timestamp);
        o.jailedUntil = uint32(Math.max(o.jailedUntil, until));
        if (untilRestored) o.flags |= BOND_SHORT;
        _operators[operator_] = o;
        emit OperatorJailedUntil(operator_, o.jailedFrom, _jailEnd(o));
    }

    /// @inheritdoc IOperatorRegistry
    function tombstone(address operator_) external onlySlashing {
        if (_operators[operator_].tombstonedAt != 0) return;
        _operators[operator_].tombstonedAt = uint32(block.timestamp);
        emit OperatorTombstoned(operator_);
    }

    /// @inheritdoc IOperatorRegistry
    function seizeBond(
        address operator_,
        uint256 amount,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external onlySlashing returns (uint256 taken) {
        taken = VAULT.seize(operator_, amount, recipients, amounts);
        if (_operators[operator_].tombstonedAt == 0) _bondMissing[operator_] += taken;
        emit BondSeized(operator_, taken);
    }

    /* ATTESTATION REGISTRY ONLY */

    /// @inheritdoc IOperatorRegistry
    function lowerCap(address operator_, uint256 amount) external {
        if (msg.sender != attestationRegistry) revert NotAttestationRegistry(msg.sender, attestationRegistry);
        Operator memory o = _operators[operator_];
        o.cap = uint96(Math.saturatingSub(_capOf(operator_, o), amount));
        if (o.flags & CAP_CHANGING != 0) {
            CapChange storage change = _capChanges[operator_];
            if (block.timestamp >= change.effectiveAt) o.flags ^= CAP_CHANGING;
            else if (change.cap > o.cap) change.cap = o.cap;
        }
        _operators[operator_] = o;
    }

    /* VIEWS */

    /// @inheritdoc IOperatorRegistry
    function operator(address operator_) external view returns (OperatorView memory) {
        Operator memory o = _operators[operator_];
        return
            OperatorView({
                status: _statusOf(o),
                jailedFrom: o.jailedFrom,
                jailedUntil: _jailEnd(o),
                retiredAt: o.retiredAt,
                tombstonedAt: o.tombstonedAt,
                nonce: o.nonce
            });
    }

    /// @inheritdoc IOperatorRegistry
    function status(address operator_) public view returns (OperatorStatus) {
        return _statusOf(_operators[operator_]);
    }

    /// @inheritdoc IOperatorRegistry
    function bondOf(address operator_) public view returns (uint256) {
        return VAULT.lockedBy(address(this), operator_);
    }

    /// @inheritdoc IOperatorRegistry
    function hosts(address operator_, bytes32 modelId) external view returns (bool) {
        return _hosts[operator_][modelId];
    }

    /// @inheritdoc IOperatorRegistry
    function exposureCap(address operator_) external view returns (uint256) {
        return _capOf(operator_, _operators[operator_]);
    }

    /// @inheritdoc IOperatorRegistry
    function requireActive(address operator_, bytes32 signerId) public view returns (uint256) {
        Operator memory o = _operators[operator_];
        _requireNotLeft(operator_, o);
        if (block.timestamp < _jailEnd(o)) {
            revert OperatorJailed(operator_, block.timestamp, o.jailedFrom, _jailEnd(o));
        }
        _requireSignerAt(operator_, signerId, block.timestamp);
        return _capOf(operator_, o);
    }

    /// @inheritdoc IOperatorRegistry
    function requireActiveSigned(
        address operator_,
        bytes32 signerId,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (uint256) {
        _requireSignature(signerId, digest, signature);
        return requireActive(operator_, signerId);
    }

    /// @inheritdoc IOperatorRegistry
    function requireStanding(address operator_, uint256 timestamp) external view {
        Operator memory o = _operators[operator_];
        if (o.flags == 0) revert OperatorInStatus(operator_, OperatorStatus.None, OperatorStatus.Active);
        if (o.retiredAt != 0 && timestamp >= o.retiredAt) revert OperatorLeft(operator_, timestamp, o.retiredAt);
        if (o.tombstonedAt != 0 && timestamp >= o.tombstonedAt)
            revert OperatorLeft(operator_, timestamp, o.tombstonedAt);
        if (timestamp >= o.jailedFrom && timestamp < _jailEnd(o))
            revert OperatorJailed(operator_, timestamp, o.jailedFrom, _jailEnd(o));
    }

    /// @inheritdoc IOperatorRegistry
    function recalledAt(
        address operator_,
        bytes32 signerId,
        uint256 issuedAt
    ) external view returns (uint256 recalled) {
        uint256 tombstonedAt = _operators[operator_].tombstonedAt;
        recalled = _reportedAt(signerId, issuedAt);
        if (tombstonedAt != 0) recalled = Math.min(recalled, tombstonedAt);
    }

    /* INTERNAL */

    /// @dev See `Signers`.
    function _useNonce() internal override returns (uint256) {
        _requireNotLeft(msg.sender, _operators[msg.sender]);
        return _operators[msg.sender].nonce++;
    }

    /// @dev The one place that says when a jail ends. The day after a term belongs to the jail: nothing signed in jail
    /// can be in a batch then, and no receipt is handed out that a second jail, counting from the first one's
    /// beginning, would void.
    function _jailEnd(Operator memory o) private pure returns (uint40) {
        if (o.flags & BOND_SHORT != 0) return OPEN_ENDED;
        return o.jailedUntil == 0 ? 0 : o.jailedUntil + RECEIPT_LIFE;
    }

    /// @dev The one place that says what an operator's status is.
    function _statusOf(Operator memory o) private view returns (OperatorStatus) {
        if (o.flags == 0) return OperatorStatus.None;
        if (o.tombstonedAt != 0) return OperatorStatus.Tombstoned;
        if (o.retiredAt != 0) return OperatorStatus.Retired;
        return block.timestamp < _jailEnd(o) ? OperatorStatus.Jailed : OperatorStatus.Active;
    }

    function _capOf(address operator_, Operator memory o) private view returns (uint256) {
        if (o.flags & CAP_CHANGING == 0) return o.cap;
        CapChange memory change = _capChanges[operator_];
        return block.timestamp < change.effectiveAt ? o.cap : change.cap;
    }

    function _bondFreeAt(address operator_) private view returns (uint256) {
        return _operators[operator_].retiredAt + VAULT.UNBONDING_PERIOD();
    }

    function _requireRegistered(address operator_) private view {
        if (_operators[operator_].flags == 0) {
            revert OperatorInStatus(operator_, OperatorStatus.None, OperatorStatus.Active);
        }
    }

    /// @dev Registered, and neither retired nor tombstoned; a jailed operator still looks after what it has signed.
    function _requireNotLeft(address operator_, Operator memory o) private view {
        OperatorStatus actual = _statusOf(o);
        if (actual != OperatorStatus.Active && actual != OperatorStatus.Jailed) {
            revert OperatorInStatus(operator_, actual, OperatorStatus.Active);
        }
    }

    function _requireSlashing() private view {
        if (msg.sender != slashingRegistry) revert NotSlashingRegistry(msg.sender, slashingRegistry);
    }
}
