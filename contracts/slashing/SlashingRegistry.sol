// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { IOperatorRegistry } from "../operators/IOperatorRegistry.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { Leaf, Receipt } from "../types/Receipt.sol";
import { ISlashingRegistry } from "./ISlashingRegistry.sol";

/// @title SlashingRegistry
/// @notice See `ISlashingRegistry`, the manual of this contract. It holds no money and no role: its word is what
/// OperatorRegistry and AttestationRegistry act on over their own locks.
contract SlashingRegistry is ISlashingRegistry {
    /* CONSTANTS */

    bytes32 private constant OFFENCE_KIND = keccak256("Credence.Offence");
    uint256 private constant FALSE_ANSWER_TERM = 7 days;
    uint256 private constant REPEAT_PERIOD = 90 days;
    uint256 private constant OTHER_TERM = 14 days;
    /// @dev 7 days doubled three times: at most 56.
    uint8 private constant MAX_STREAK = 3;

    /* IMMUTABLES */

    /// @notice Answers and their locks.
    IAttestationRegistry public immutable ATTESTATIONS;
    /// @notice Operators, their bonds and jail.
    IOperatorRegistry public immutable OPERATORS;
    /// @notice Time for which evidence of equivocation is accepted.
    uint256 public immutable EVIDENCE_PERIOD;

    /* STORAGE */

    mapping(bytes32 offenceId => bool) private _slashed;
    mapping(address operator => mapping(Offence offence => Tally)) private _tallies;

    /// @param attestations AttestationRegistry.
    /// @param operators OperatorRegistry.
    /// @param vault StakeVault, for its unbonding period.
    constructor(IAttestationRegistry attestations, IOperatorRegistry operators, IStakeVault vault) {
        ATTESTATIONS = attestations;
        OPERATORS = operators;
        EVIDENCE_PERIOD = vault.UNBONDING_PERIOD();
    }

    /* FAULTS */

    /// @inheritdoc ISlashingRegistry
    function slashEquivocation(
        Leaf calldata first,
        bytes calldata signature,
        Leaf calldata second,
        bytes calldata secondSignature
    ) external returns (uint256 taken) {
        Receipt calldata a = first.receipt;
        _requireContradiction(a, second.receipt);
        _requireInTime(a.issuedAt, second.receipt.issuedAt);
        ATTESTATIONS.requireSigned(first, signature);
        ATTESTATIONS.requireSigned(second, secondSignature);

        bytes32 key = keccak256(abi.encode(a.operator, a.modelId, a.jobId));
        bytes32 offenceId = _strike(Offence.Equivocation, key);
        OPERATORS.tombstone(a.operator);
        uint256 bond = OPERATORS.bondOf(a.operator);
        taken = _seizeBond(a.operator, bond, msg.sender, bond / 2);
        _record(offenceId, a.operator, Offence.Equivocation, key, taken);
    }

    /// @inheritdoc ISlashingRegistry
    function slashDishonoured(Receipt calldata receipt) external returns (uint256 taken) {
        bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
        bytes32 offenceId = _strike(Offence.Dishonoured, receiptId);
        uint256 missing = ATTESTATIONS.dishonour(receipt);
        uint256 amount = Math.min(2 * missing, OPERATORS.bondOf(receipt.operator));
        OPERATORS.jail(receipt.operator, block.timestamp + OTHER_TERM, true);
        taken = _seizeBond(receipt.operator, amount, receipt.beneficiary, amount / 2);
        _record(offenceId, receipt.operator, Offence.Dishonoured, receiptId, taken);
    }

    /// @inheritdoc ISlashingRegistry
    function recordRuling(Receipt calldata receipt, Offence offence, uint256 taken) external {
        address disputeManager = ATTESTATIONS.disputeManager();
        if (msg.sender != disputeManager) revert NotDisputeManager(msg.sender, disputeManager);
        if (offence != Offence.FalseAnswer && offence != Offence.Unresponsive) revert OffenceNotRuled(offence);
        bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
        bytes32 offenceId = _strike(offence, receiptId);
        if (offence == Offence.Unresponsive) {
            OPERATORS.jail(receipt.operator, block.timestamp + OTHER_TERM, false);
        } else if (receipt.issuedAt >= OPERATORS.operator(receipt.operator).jailedFrom) {
            // An answer from before the latest jail is the same bug: recorded, but no new jail.
            OPERATORS.jail(receipt.operator, block.timestamp + _nextTerm(receipt.operator), false);
        }
        _record(offenceId, receipt.operator, offence, receiptId, taken);
    }

    /* VIEWS */

    /// @inheritdoc ISlashingRegistry
    function history(address operator, Offence offence) external view returns (Tally memory) {
        return _tallies[operator][offence];
    }

    /// @inheritdoc ISlashingRegistry
    function isSlashed(bytes32 offenceId) external view returns (bool) {
        return _slashed[offenceId];
    }

    /// @inheritdoc ISlashingRegistry
    function offenceIdOf(Offence offence, bytes32 key) public pure returns (bytes32) {
        Offence class = offence == Offence.Unresponsive ? Offence.FalseAnswer : offence;
        return keccak256(abi.encode(OFFENCE_KIND, class, key));
    }

    /* INTERNAL */

    function _strike(Offence offence, bytes32 key) private returns (bytes32 offenceId) {
        offenceId = offenceIdOf(offence, key);
        if (_slashed[offenceId]) revert SlashedAlready(offenceId);
        _slashed[offenceId] = true;
    }

    /// @dev `share` goes to `recipient` (to the reserve if that is zero), the rest to the reserve.
    function _seizeBond(address operator, uint256 amount, address recipient, uint256 share) private returns (uint256) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (recipient, share);
        return OPERATORS.seizeBond(operator, amount, recipients, amounts);
    }

    function _record(bytes32 offenceId, address operator, Offence offence, bytes32 key, uint256 taken) private {
        Tally storage tally = _tallies[operator][offence];
        ++tally.count;
        tally.taken += uint128(taken);
        emit Slashed(offenceId, operator, offence, key, taken, msg.sender);
    }

    /// @dev 7 days, doubled for each jail within 90 days of the one before. Answers that start no jail do not count.
    function _nextTerm(address operator) private returns (uint256) {
        Tally storage tally = _tallies[operator][Offence.FalseAnswer];
        bool repeated = tally.jailedAt != 0 && block.timestamp < tally.jailedAt + REPEAT_PERIOD;
        if (!repeated) tally.streak = 0;
        else if (tally.streak < MAX_STREAK) ++tally.streak;
        tally.jailedAt = uint40(block.timestamp);
        return FALSE_ANSWER_TERM << tally.streak;
    }

    function _requireContradiction(Receipt calldata a, Receipt calldata b) private pure {
        bool related = a.operator == b.operator && a.modelId == b.modelId && a.jobId == b.jobId && a.jobId != 0;
        if (!related) revert ReceiptsUnrelated();
        if (a.inputHash == b.inputHash && a.outputHash == b.outputHash && a.traceRoot == b.traceRoot) {
            revert ReceiptsAgree();
        }
    }

    function _requireInTime(uint256 issuedAt, uint256 otherIssuedAt) private view {
        uint256 later = Math.max(issuedAt, otherIssuedAt);
        uint256 until = later + EVIDENCE_PERIOD;
        if (later > block.timestamp || block.timestamp >= until)
            revert EvidenceOutOfTime(later, block.timestamp, until);
    }
}
