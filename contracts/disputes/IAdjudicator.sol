// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Ruling } from "../types/Ruling.sol";

/// @title IAdjudicator
/// @notice Who decides the question of a case, and nothing of the parties' money. In the manner of ERC-792: create,
/// appeal, rule; but fees are stake token, credited inside the vault, and a ruling is asked for, never pushed, so that
/// no callback can stand in the way of a settlement.
interface IAdjudicator {
    /// @notice How a case ended, and what became of the fees that were paid for it, by round.
    struct Outcome {
        bool ended; // by proof, before it was decided
        Ruling ruling; // meaningless if ended
        uint8 rounds; // that were held
        uint8 turnedIn; // the last round that changed a ruling other than `Undecided`; 0: none
        uint256[3] fees; // paid
        uint256[3] returned; // to the DisputeManager, of those
    }

    /// @notice Opens a case, with the opener's evidence. DisputeManager only; the fee is credited after.
    /// @return fee of the first round.
    /// @return nextFee of the second, or of the first again if there is none.
    function createDispute(
        bytes32 caseId,
        uint16 config,
        address opener,
        string calldata evidenceURI
    ) external returns (uint256 fee, uint256 nextFee);

    /// @notice Opens the next round. DisputeManager only, while an appeal is possible; the fee is credited after.
    function appeal(bytes32 caseId) external;

    /// @notice Concludes a case and returns what is left of its fees to the caller's credit. DisputeManager only, and
    /// once: the caller keeps count.
    /// @param byProof a case that is not final ends; without it only a final one can be concluded.
    function conclude(bytes32 caseId, bool byProof) external returns (Outcome memory);

    /// @notice What an appeal would open; reverts unless one is possible now.
    /// @return round its number.
    /// @return fee of it.
    /// @return standing the ruling that it would be asked to change.
    function appealTerms(bytes32 caseId) external view returns (uint256 round, uint256 fee, Ruling standing);

    /// @notice Whether round `round` can still be opened: false for good once it was, or its time is over.
    function isAppealable(bytes32 caseId, uint256 round) external view returns (bool);

    /// @notice Fees of all rounds of a config, 0 for rounds that it does not have.
    function feesOf(uint16 config) external view returns (uint256[3] memory);
}
