// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IStakeVault } from "../staking/IStakeVault.sol";
import { MAX_ROUNDS } from "../types/Ruling.sol";
import { IConfigRules } from "./IConfigRules.sol";
import { ICourt } from "./ICourt.sol";

/// @title ConfigRules
/// @notice See `IConfigRules`, the manual of this contract.
contract ConfigRules is IConfigRules {
    /* CONSTANTS */

    /// @dev Panels beyond this would be full votes in all but name; seats of a round stay far below the tally's 2^32.
    uint256 private constant MAX_SEATS = 1_000;
    /// @dev The opener's bond pays the fee of the second round, and is at most this many first fees.
    uint256 private constant MAX_FEE_STEP = 20;
    /// @dev As the type; 20 fees, doubled twice, stay within the words of cases and pools (uint88, uint96).
    uint256 private constant MAX_FEE = type(uint80).max;
    uint256 private constant MIN_RISK_IN_FEES = 2;
    uint256 private constant MAX_RISK_IN_FEES = 10;
    uint256 private constant MAX_VOTE_RISK_BPS = 1_000;
    /// @dev Two windows of 7 days: what was signed before slashing code was announced is contested within them.
    uint256 private constant TWO_WINDOWS = 14 days;

    /* IMMUTABLES */

    /// @inheritdoc IConfigRules
    IStakeVault public immutable VAULT;
    /// @inheritdoc IConfigRules
    uint256 public immutable MATURITY;
    /// @inheritdoc IConfigRules
    uint256 public immutable MIN_WINDOW;
    /// @notice Latest last commit of a case, from its opening: who has votes in it has not left by then.
    uint256 public immutable LATEST_COMMIT;
    /// @notice Latest end of a case, from its opening: before new slashing code can reach what is contested.
    uint256 public immutable LATEST_END;

    /// @param vault StakeVault.
    /// @param maturity age that votes must have when a case opens, seconds, not 0.
    /// @param minWindow the chain's forced-inclusion delay, seconds.
    constructor(IStakeVault vault, uint256 maturity, uint256 minWindow) {
        if (maturity == 0) revert ICourt.MaturityZero();
        VAULT = vault;
        MATURITY = maturity;
        MIN_WINDOW = minWindow;
        LATEST_COMMIT = Math.saturatingSub(vault.UNBONDING_PERIOD(), maturity);
        LATEST_END = Math.saturatingSub(vault.MODULE_DELAY(), TWO_WINDOWS);
    }

    /// @inheritdoc IConfigRules
    function requireSound(ICourt.Config calldata terms) external view {
        _requireWindows(terms);
        _requireMoney(terms);
        _requireNested(terms);
    }

    /// @dev A missed commit costs nothing, so it may be short; everything else that can be missed is long enough.
    function _requireWindows(ICourt.Config calldata terms) private view {
        uint256 count = terms.rounds.length;
        if (count == 0 || count > MAX_ROUNDS) revert ICourt.RoundCountOutOfBounds(count, 1, MAX_ROUNDS);
        _requireWindow("evidence", 0, terms.evidence, MIN_WINDOW);
        for (uint256 i = 0; i < count; ++i) {
            ICourt.RoundTerms calldata round = terms.rounds[i];
            if (round.seats > 0) _requireWindow("seeding", i, round.seeding, MIN_WINDOW);
            else if (round.seeding != 0) revert ICourt.WindowNotZero("seeding", i, round.seeding);
            _requireWindow("commit", i, round.commit, 1);
            _requireWindow("reveal", i, round.reveal, MIN_WINDOW);
            if (i + 1 < count) _requireWindow("appeal", i, round.appeal, MIN_WINDOW);
            else if (round.appeal != 0) revert ICourt.WindowNotZero("appeal", i, round.appeal);
        }
    }

    function _requireMoney(ICourt.Config calldata terms) private pure {
        uint256 count = terms.rounds.length;
        for (uint256 i = 0; i < count; ++i) {
            ICourt.RoundTerms calldata round = terms.rounds[i];
            _requireFee(i, round.fee, i == 0 ? 0 : terms.rounds[i - 1].fee);
            _requireRisk(i, round);
            if (round.seats == 0 && i + 1 == count) continue;
            uint256 fewest = i == 0 ? 1 : terms.rounds[i - 1].seats + 1;
            if (round.seats < fewest || round.seats > MAX_SEATS) {
                revert ICourt.SeatsOutOfBounds(i, round.seats, fewest, MAX_SEATS);
            }
        }
    }

    function _requireFee(uint256 round, uint256 fee, uint256 before) private pure {
        uint256 lowest = Math.max(before, 1);
        uint256 highest = round == 1 ? before * MAX_FEE_STEP : MAX_FEE;
        if (fee < lowest || fee > highest) revert ICourt.FeeOutOfBounds(round, fee, lowest, highest);
    }

    function _requireRisk(uint256 i, ICourt.RoundTerms calldata round) private pure {
        (uint256 lowest, uint256 highest) = round.seats == 0 ? (0, 0) : (MIN_RISK_IN_FEES, MAX_RISK_IN_FEES);
        if (round.seatRiskFees < lowest || round.seatRiskFees > highest) {
            revert ICourt.SeatRiskOutOfBounds(i, round.seatRiskFees, lowest, highest);
        }
        (lowest, highest) = round.seats == 0 ? (1, MAX_VOTE_RISK_BPS) : (0, 0);
        if (round.voteRiskBps < lowest || round.voteRiskBps > highest) {
            revert ICourt.VoteRiskOutOfBounds(i, round.voteRiskBps, lowest, highest);
        }
    }

    function _requireNested(ICourt.Config calldata terms) private view {
        uint256 end = terms.evidence;
        uint256 lastCommit = 0;
        for (uint256 i = 0; i < terms.rounds.length; ++i) {
            ICourt.RoundTerms calldata round = terms.rounds[i];
            lastCommit = end + round.seeding + round.commit;
            end = lastCommit + round.reveal + round.appeal;
        }
        if (lastCommit > LATEST_COMMIT) revert ICourt.OutlivesUnbonding(lastCommit, LATEST_COMMIT);
        if (end > LATEST_END) revert ICourt.OutlivesModuleDelay(end, LATEST_END);
    }

    function _requireWindow(string memory name, uint256 round, uint256 actual, uint256 minimum) private pure {
        if (actual < minimum) revert ICourt.WindowTooShort(name, round, actual, minimum);
    }
}
