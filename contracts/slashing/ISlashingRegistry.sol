// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Leaf, Receipt } from "../types/Receipt.sol";

/// @title ISlashingRegistry
/// @notice The public record of faults, how each is split, and the jail. One slash per offence, ever.
///
/// Nothing here stops a copied transaction from taking a reporter's share: the wrong is punished all the same, and who
/// wants the reward on a chain with a public mempool submits privately.
interface ISlashingRegistry {
    /* TYPES */

    enum Offence {
        FalseAnswer, // ruled at fault
        Unresponsive, // its clock ran out in a game
        Equivocation, // two different answers validly signed for one job
        Dishonoured // a promise not made whole in time
    }

    /// @notice What is known of one operator and one offence.
    struct Tally {
        uint32 count;
        uint8 streak; // of jails for false answers: repeats in a row, each within 90 days of the one before
        uint40 jailedAt; // when the last of them began, seconds
        uint128 taken; // stake token, in all
    }

    /* ERRORS */

    /// @notice This fault was punished before.
    error SlashedAlready(bytes32 offenceId);
    /// @notice Only the DisputeManager may call.
    error NotDisputeManager(address actual, address expected);
    /// @notice A ruling finds `FalseAnswer` or `Unresponsive`, nothing else.
    error OffenceNotRuled(Offence actual);
    /// @notice The two receipts are not by one operator, for one model and job (which is not zero).
    error ReceiptsUnrelated();
    /// @notice The two receipts say the same.
    error ReceiptsAgree();
    /// @notice Evidence of equivocation dies one unbonding period after the later signature; nothing dated in the
    /// future is accepted.
    error EvidenceOutOfTime(uint256 issuedAt, uint256 actual, uint256 until);

    /* EVENTS */

    /// @notice A fault was punished: `taken` left the operator's bond, or its lock for a ruling.
    event Slashed(
        bytes32 indexed offenceId,
        address indexed operator,
        Offence indexed offence,
        bytes32 key,
        uint256 taken,
        address reporter
    );

    /* FAULTS */

    /// @notice Slashes an operator that signed two different answers for one job: receipts with the same operator,
    /// model and job, and another input, output or trace. Takes the whole standing bond: half (rounded down) to the
    /// caller, the rest to the reserve, and tombstones.
    /// @param first a receipt; with an empty signature the published answer or anchored leaf is the evidence.
    /// @param signature of the first receipt, `abi.encode(signer bytes, raw signature)`, or empty.
    /// @return taken amount seized, 0 if the bond was gone.
    function slashEquivocation(
        Leaf calldata first,
        bytes calldata signature,
        Leaf calldata second,
        bytes calldata secondSignature
    ) external returns (uint256 taken);

    /// @notice Slashes an operator that did not make a short lock whole in time, for 7 days after that time (or at once
    /// if the answer was overturned before). Takes twice the missing coverage from the standing bond as far as it goes;
    /// half of what is taken (rounded down), at most the missing coverage, goes to the beneficiary, the rest to the
    /// reserve. Jails for 14 days and until `restoreBond`.
    /// @return taken amount seized.
    function slashDishonoured(Receipt calldata receipt) external returns (uint256 taken);

    /// @notice Records that a ruling took an answer's lock, and jails. DisputeManager only.
    /// @param offence `FalseAnswer` or `Unresponsive`; they are one class, so an answer is punished for one of them.
    /// @param taken what was seized from the lock.
    function recordRuling(Receipt calldata receipt, Offence offence, uint256 taken) external;

    /* VIEWS */

    /// @notice Counts and sums by offence.
    function history(address operator, Offence offence) external view returns (Tally memory);

    /// @notice Whether the offence was punished.
    function isSlashed(bytes32 offenceId) external view returns (bool);

    /// @notice keccak256(abi.encode(keccak256("Credence.Offence"), class, key)): the class is the offence,
    /// `FalseAnswer` for `Unresponsive`; the key is the receipt id, or keccak256(abi.encode(operator, modelId, jobId))
    /// for `Equivocation`.
    function offenceIdOf(Offence offence, bytes32 key) external pure returns (bytes32);
}
