// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ConfigRules } from "../../../contracts/court/ConfigRules.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice What configs of the court must keep to: unbonding 21 d, maturity 7 d, module delay 35 d, minWindow 1 h.
contract ConfigRulesTest is ProtocolTest {
    uint256 private constant LATEST_COMMIT = 14 days;
    uint256 private constant LATEST_END = 21 days;

    ConfigRules private rules;

    function setUp() public override {
        super.setUp();
        rules = protocol.configRules;
    }

    /* WHAT PASSES */

    function test_KnowsTheDeployment() external view {
        assertEq(address(rules.VAULT()), address(protocol.vault));
        assertEq(rules.MATURITY(), 7 days);
        assertEq(rules.MIN_WINDOW(), 1 hours);
        assertEq(rules.LATEST_COMMIT(), LATEST_COMMIT);
        assertEq(rules.LATEST_END(), LATEST_END);
    }

    function test_BothProfilesPass() external view {
        rules.requireSound(_courtConfigs()[0]);
        rules.requireSound(_courtConfigs()[1]);
    }

    /// @dev Where a transaction may be kept out for a day, the standard profile waits a day for each seed and still fits.
    function test_WhereMinWindowIsADayTheStandardProfilePassesAndTheFastOneDoesNot() external {
        ConfigRules slow = _deploy(7 days, 24 hours);
        ICourt.Config memory standard = _courtConfigs()[0];
        _refuses(slow, standard, _tooShort("seeding", 0, 12 hours, 24 hours));
        (standard.rounds[0].seeding, standard.rounds[1].seeding) = (24 hours, 24 hours);
        slow.requireSound(standard);
        _refuses(slow, _courtConfigs()[1], _tooShort("evidence", 0, 1 hours, 24 hours));
    }

    function test_OneRoundOfAllIsEnough() external view {
        rules.requireSound(_full(0));
    }

    function test_APanelMayBeTheLastRound() external view {
        ICourt.Config memory c = _courtConfigs()[0];
        ICourt.RoundTerms[] memory rounds = new ICourt.RoundTerms[](1);
        rounds[0] = c.rounds[0];
        rounds[0].appeal = 0;
        c.rounds = rounds;
        rules.requireSound(c);
    }

    /* ROUNDS */

    function test_RevertWhen_ThereIsNoRoundOrTooMany() external {
        ICourt.Config memory c = _full(0);
        c.rounds = new ICourt.RoundTerms[](0);
        _refuses(c, abi.encodeWithSelector(ICourt.RoundCountOutOfBounds.selector, 0, 1, 3));
        c.rounds = new ICourt.RoundTerms[](4);
        _refuses(c, abi.encodeWithSelector(ICourt.RoundCountOutOfBounds.selector, 4, 1, 3));
    }

    /* WINDOWS */

    function test_RevertWhen_EvidenceIsShort() external {
        ICourt.Config memory c = _courtConfigs()[1];
        c.evidence = 1 hours - 1;
        _refuses(c, _tooShort("evidence", 0, 1 hours - 1, 1 hours));
        c.evidence = 1 hours;
        rules.requireSound(c);
    }

    function test_RevertWhen_SeedingIsShort() external {
        for (uint256 i = 0; i < 2; ++i) {
            ICourt.Config memory c = _courtConfigs()[1];
            c.rounds[i].seeding = 1 hours - 1;
            _refuses(c, _tooShort("seeding", i, 1 hours - 1, 1 hours));
            c.rounds[i].seeding = 1 hours;
            rules.requireSound(c);
        }
    }

    /// @dev Nobody is drawn for a full vote.
    function test_RevertWhen_AFullVoteWaitsForASeed() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[2].seeding = 1;
        _refuses(c, _notZero("seeding", 2, 1));
        c = _full(0);
        c.rounds[0].seeding = 12 hours;
        _refuses(c, _notZero("seeding", 0, 12 hours));
    }

    /// @dev A missed commit costs nothing, so one second will do.
    function test_RevertWhen_ThereIsNoTimeToCommit() external {
        for (uint256 i = 0; i < 3; ++i) {
            ICourt.Config memory c = _courtConfigs()[1];
            c.rounds[i].commit = 0;
            _refuses(c, _tooShort("commit", i, 0, 1));
            c.rounds[i].commit = 1;
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_RevealIsShort() external {
        for (uint256 i = 0; i < 3; ++i) {
            ICourt.Config memory c = _courtConfigs()[1];
            c.rounds[i].reveal = 1 hours - 1;
            _refuses(c, _tooShort("reveal", i, 1 hours - 1, 1 hours));
            c.rounds[i].reveal = 1 hours;
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_AnAppealBeforeTheLastRoundIsShort() external {
        for (uint256 i = 0; i < 2; ++i) {
            ICourt.Config memory c = _courtConfigs()[1];
            c.rounds[i].appeal = 1 hours - 1;
            _refuses(c, _tooShort("appeal", i, 1 hours - 1, 1 hours));
            c.rounds[i].appeal = 1 hours;
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_TheLastRoundCanBeAppealed() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[2].appeal = 1;
        _refuses(c, _notZero("appeal", 2, 1));
        c = _full(0);
        c.rounds[0].appeal = 36 hours;
        _refuses(c, _notZero("appeal", 0, 36 hours));
    }

    /* MONEY */

    function test_RevertWhen_VoteRiskIsOutOfBounds() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint16[2] memory bad = [uint16(0), 1_001];
        uint16[2] memory good = [uint16(1), 1_000];
        for (uint256 i = 0; i < 2; ++i) {
            c.rounds[2].voteRiskBps = bad[i];
            _refuses(c, _voteRisk(2, bad[i], 1, 1_000));
            c.rounds[2].voteRiskBps = good[i];
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_APanelRisksVotes() external {
        for (uint256 i = 0; i < 2; ++i) {
            ICourt.Config memory c = _courtConfigs()[0];
            c.rounds[i].voteRiskBps = 1;
            _refuses(c, _voteRisk(i, 1, 0, 0));
        }
    }

    /// @dev 2 to 10 fees of a seat.
    function test_RevertWhen_ASeatRisksTooLittleOrTooMuch() external {
        uint8[2] memory bad = [1, 11];
        uint8[2] memory good = [2, 10];
        for (uint256 i = 0; i < 4; ++i) {
            ICourt.Config memory c = _courtConfigs()[0];
            c.rounds[i / 2].seatRiskFees = bad[i % 2];
            _refuses(c, _seatRisk(i / 2, bad[i % 2], 2, 10));
            c.rounds[i / 2].seatRiskFees = good[i % 2];
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_AFullVoteRisksSeats() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[2].seatRiskFees = 1;
        _refuses(c, _seatRisk(2, 1, 0, 0));
    }

    function test_RevertWhen_TheFirstFeeIsNothing() external {
        ICourt.Config memory c = _full(0);
        c.rounds[0].fee = 0;
        _refuses(c, _fee(0, 0, 1, type(uint80).max));
        c.rounds[0].fee = 1;
        rules.requireSound(c);
        c.rounds[0].fee = type(uint80).max;
        rules.requireSound(c);
    }

    function test_RevertWhen_ALaterFeeIsLower() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[1].fee = 45e18 - 1;
        _refuses(c, _fee(1, 45e18 - 1, 45e18, 900e18));
        c.rounds[1].fee = 45e18;
        rules.requireSound(c);
        c = _courtConfigs()[0];
        c.rounds[2].fee = 183e18 - 1;
        _refuses(c, _fee(2, 183e18 - 1, 183e18, type(uint80).max));
        c.rounds[2].fee = 183e18;
        rules.requireSound(c);
    }

    /// @dev The opener's bond pays the second fee, and is at most 20 first fees; the third fee is bound by nothing.
    function test_RevertWhen_TheSecondFeeIsMoreThanTwentyTimesTheFirst() external {
        ICourt.Config memory c = _panelThenAll();
        c.rounds[1].fee = 900e18 + 1;
        _refuses(c, _fee(1, 900e18 + 1, 45e18, 900e18));
        c.rounds[1].fee = 900e18;
        rules.requireSound(c);
        c = _courtConfigs()[0];
        c.rounds[2].fee = type(uint80).max;
        rules.requireSound(c);
    }

    function test_RevertWhen_APanelIsTooLarge() external {
        ICourt.Config memory c = _panelThenAll();
        c.rounds[0].seats = 1_001;
        _refuses(c, _seats(0, 1_001, 1));
        c.rounds[0].seats = 1_000;
        rules.requireSound(c);
    }

    function test_RevertWhen_APanelHasNotMoreSeatsThanTheOneBefore() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[1].seats = 15;
        _refuses(c, _seats(1, 15, 16));
        c.rounds[1].seats = 16;
        rules.requireSound(c);
    }

    /// @dev After all have voted there is nobody left to appeal to.
    function test_RevertWhen_AllVoteBeforeTheLastRound() external {
        for (uint256 i = 0; i < 2; ++i) {
            ICourt.Config memory c = _courtConfigs()[0];
            (c.rounds[i].seats, c.rounds[i].seeding) = (0, 0);
            (c.rounds[i].seatRiskFees, c.rounds[i].voteRiskBps) = (0, 200);
            _refuses(c, _seats(i, 0, i == 0 ? 1 : 16));
        }
    }

    function test_RevertWhen_TheThirdRoundIsASmallerPanel() external {
        ICourt.Config memory c = _courtConfigs()[0];
        (c.rounds[2].seats, c.rounds[2].seeding) = (61, 12 hours);
        (c.rounds[2].seatRiskFees, c.rounds[2].voteRiskBps) = (10, 0);
        _refuses(c, _seats(2, 61, 62));
        c.rounds[2].seats = 62;
        rules.requireSound(c);
    }

    /* NESTING */

    /// @dev Votes are as old as `maturity` when the case opens; who left since is gone 21 days after it left.
    function test_RevertWhen_TheLastCommitOutlivesUnbonding() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint256 before = 24 hours + 2 * 12 hours + (24 + 24 + 36 + 36 + 24 + 36) * 1 hours;
        c.rounds[2].commit = uint24(LATEST_COMMIT - before + 1);
        _refuses(c, abi.encodeWithSelector(ICourt.OutlivesUnbonding.selector, LATEST_COMMIT + 1, LATEST_COMMIT));
        c.rounds[2].commit -= 1;
        rules.requireSound(c);
    }

    function test_RevertWhen_TheCaseOutlivesTheModuleDelay() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint256 before = 24 hours + 2 * 12 hours + (24 + 24 + 36 + 36 + 24 + 36 + 72) * 1 hours;
        c.rounds[2].reveal = uint24(LATEST_END - before + 1);
        _refuses(c, abi.encodeWithSelector(ICourt.OutlivesModuleDelay.selector, LATEST_END + 1, LATEST_END));
        c.rounds[2].reveal -= 1;
        rules.requireSound(c);
    }

    function test_AFullVoteMayTakeAllTheTimeThereIs() external {
        ICourt.Config memory c = _full(uint24(LATEST_COMMIT - 1 days));
        rules.requireSound(c);
        c.rounds[0].commit += 1;
        _refuses(c, abi.encodeWithSelector(ICourt.OutlivesUnbonding.selector, LATEST_COMMIT + 1, LATEST_COMMIT));
    }

    /// @dev Votes older than anybody must stay bonded: no case can be held.
    function test_RevertWhen_MaturityIsLongerThanUnbonding() external {
        ConfigRules strict = _deploy(22 days, 1 hours);
        assertEq(strict.LATEST_COMMIT(), 0);
        ICourt.Config memory c = _full(1);
        _refuses(strict, c, abi.encodeWithSelector(ICourt.OutlivesUnbonding.selector, 1 days + 1, 0));
    }

    /* THE RULES TOLD A SECOND TIME */

    function testFuzz_PassesExactlyWhatIsSound(
        uint256 count,
        uint256 defect,
        uint16[3] memory seats,
        uint24[9] memory windows,
        uint256[3] memory fees
    ) external view {
        ICourt.Config memory c = ICourt.Config(0, new ICourt.RoundTerms[](bound(count, 1, 3)));
        c.evidence = uint24(bound(windows[0], 59 minutes, 8 days));
        uint256 fee = 1;
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            bool isLast = i + 1 == c.rounds.length;
            fee = bound(fees[i], fee, 22 * fee);
            r.fee = uint80(fee);
            r.commit = uint24(bound(windows[1 + i], 0, 5 days));
            r.reveal = uint24(bound(windows[4 + i], 59 minutes, 5 days));
            if (!isLast) r.appeal = uint24(bound(windows[7], 59 minutes, 5 days));
            if (isLast && defect % 2 == 0) {
                r.voteRiskBps = 200;
                continue;
            }
            r.seats = uint16(bound(seats[i], 20 * i, 20 * i + 25));
            r.seeding = uint24(bound(windows[8], 59 minutes, 3 days));
            r.seatRiskFees = uint8(bound(seats[i], 1, 11));
        }
        // One defect of those that are seldom met by chance, in half of the runs.
        ICourt.RoundTerms memory chosen = c.rounds[(defect >> 8) % c.rounds.length];
        if ((defect >> 1) % 8 == 1) chosen.voteRiskBps = 1;
        if ((defect >> 1) % 8 == 2) chosen.seatRiskFees = 0;
        if ((defect >> 1) % 8 == 3) chosen.seeding = 0;
        if ((defect >> 1) % 8 == 4) chosen.appeal = 1 hours;
        bool passed = false;
        try rules.requireSound(c) {
            passed = true;
        } catch {}
        assertEq(passed, _windowsSuffice(c) && _moneyDeters(c) && _nests(c));
    }

    function _windowsSuffice(ICourt.Config memory c) private pure returns (bool) {
        if (c.evidence < 1 hours) return false;
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            if (r.seats > 0 ? r.seeding < 1 hours : r.seeding > 0) return false;
            if (r.commit == 0 || r.reveal < 1 hours) return false;
            if (i + 1 < c.rounds.length ? r.appeal < 1 hours : r.appeal > 0) return false;
        }
        return true;
    }

    function _moneyDeters(ICourt.Config memory c) private pure returns (bool) {
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            if (i > 0 && r.fee < c.rounds[i - 1].fee) return false;
            if (i == 1 && r.fee > 20 * uint256(c.rounds[0].fee)) return false;
            if (r.seats == 0) {
                if (i + 1 < c.rounds.length || r.seatRiskFees > 0) return false;
                if (r.voteRiskBps == 0 || r.voteRiskBps > 1_000) return false;
            } else {
                if (i > 0 && r.seats <= c.rounds[i - 1].seats) return false;
                if (r.voteRiskBps > 0 || r.seatRiskFees < 2 || r.seatRiskFees > 10) return false;
            }
        }
        return true;
    }

    /// @dev Backwards, unlike the contract: what is left of a case at its last commit is that round's reveal.
    function _nests(ICourt.Config memory c) private pure returns (bool) {
        uint256 whole = c.evidence;
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            whole += uint256(r.seeding) + r.commit + r.reveal + r.appeal;
        }
        return whole <= LATEST_END && whole - c.rounds[c.rounds.length - 1].reveal <= LATEST_COMMIT;
    }

    /* HELPERS */

    function test_RevertWhen_VotesNeedNoAge() external {
        bytes memory code = _shippedCode("contracts/court/ConfigRules.sol:ConfigRules");
        bytes memory all = abi.encodePacked(code, abi.encode(protocol.vault, uint256(0), uint256(1 hours)));
        bytes memory reason;
        assembly ("memory-safe") {
            if iszero(create(0, add(all, 0x20), mload(all))) {
                reason := mload(0x40)
                mstore(reason, returndatasize())
                returndatacopy(add(reason, 0x20), 0, returndatasize())
                mstore(0x40, add(add(reason, 0x20), and(add(returndatasize(), 0x1f), not(0x1f))))
            }
        }
        assertEq(reason, abi.encodeWithSelector(ICourt.MaturityZero.selector));
    }

    function _deploy(uint256 maturity, uint256 minWindow) private returns (ConfigRules deployed) {
        bytes memory code = _shippedCode("contracts/court/ConfigRules.sol:ConfigRules");
        bytes memory all = abi.encodePacked(code, abi.encode(protocol.vault, maturity, minWindow));
        assembly ("memory-safe") {
            deployed := create(0, add(all, 0x20), mload(all))
        }
        assertGt(address(deployed).code.length, 0);
    }

    /// @dev All vote, once; `commit` is 1 day if 0.
    function _full(uint24 commit) private pure returns (ICourt.Config memory c) {
        c = ICourt.Config(1 days, new ICourt.RoundTerms[](1));
        c.rounds[0] = ICourt.RoundTerms(0, 0, commit == 0 ? 1 days : commit, 1 days, 0, 60e18, 0, 200);
    }

    function _panelThenAll() private pure returns (ICourt.Config memory c) {
        c = _courtConfigs()[0];
        ICourt.RoundTerms[] memory rounds = new ICourt.RoundTerms[](2);
        (rounds[0], rounds[1]) = (c.rounds[0], c.rounds[2]);
        c.rounds = rounds;
    }

    function _refuses(ICourt.Config memory c, bytes memory reason) private {
        _refuses(rules, c, reason);
    }

    function _refuses(ConfigRules by, ICourt.Config memory c, bytes memory reason) private {
        vm.expectRevert(reason);
        by.requireSound(c);
    }

    function _tooShort(
        string memory window,
        uint256 round,
        uint256 actual,
        uint256 minimum
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.WindowTooShort.selector, window, round, actual, minimum);
    }

    function _fee(uint256 round, uint256 fee, uint256 minimum, uint256 maximum) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.FeeOutOfBounds.selector, round, fee, minimum, maximum);
    }

    function _seats(uint256 round, uint256 actual, uint256 minimum) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.SeatsOutOfBounds.selector, round, actual, minimum, 1_000);
    }

    function _seatRisk(uint256 round, uint256 actual, uint256 low, uint256 high) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.SeatRiskOutOfBounds.selector, round, actual, low, high);
    }

    function _voteRisk(uint256 round, uint256 actual, uint256 low, uint256 high) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.VoteRiskOutOfBounds.selector, round, actual, low, high);
    }

    function _notZero(string memory window, uint256 round, uint256 actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.WindowNotZero.selector, window, round, actual);
    }
}
