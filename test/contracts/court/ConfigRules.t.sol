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
        standard.seeding = 24 hours;
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
        ICourt.Config memory c = _courtConfigs()[1];
        c.seeding = 1 hours - 1;
        _refuses(c, _tooShort("seeding", 0, 1 hours - 1, 1 hours));
        c.seeding = 1 hours;
        rules.requireSound(c);
    }

    /// @dev Nobody is drawn for a full vote.
    function test_WithoutAPanelThereIsNoSeedToWaitFor() external view {
        ICourt.Config memory c = _full(0);
        c.seeding = 0;
        rules.requireSound(c);
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
        _refuses(c, abi.encodeWithSelector(ICourt.LastAppealNotZero.selector, 1));
        c = _full(0);
        c.rounds[0].appeal = 36 hours;
        _refuses(c, abi.encodeWithSelector(ICourt.LastAppealNotZero.selector, 36 hours));
    }

    /* MONEY */

    function test_RevertWhen_VoteRiskIsOutOfBounds() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint16[2] memory bad = [uint16(0), 1_001];
        uint16[2] memory good = [uint16(1), 1_000];
        for (uint256 i = 0; i < 2; ++i) {
            c.voteRiskBps = bad[i];
            _refuses(c, abi.encodeWithSelector(ICourt.VoteRiskOutOfBounds.selector, bad[i], 1, 1_000));
            c.voteRiskBps = good[i];
            rules.requireSound(c);
        }
    }

    function test_RevertWhen_TheFirstFeeIsNothing() external {
        ICourt.Config memory c = _full(0);
        c.rounds[0].fee = 0;
        _refuses(c, _fee(0, 0, 1, type(uint96).max));
        c.rounds[0].fee = 1;
        rules.requireSound(c);
        c.rounds[0].fee = type(uint96).max;
        rules.requireSound(c);
    }

    function test_RevertWhen_ALaterFeeIsLower() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[1].fee = 45e18 - 1;
        _refuses(c, _fee(1, 45e18 - 1, 45e18, 900e18));
        c.rounds[1].seats = 16; // so that the risk fits a fee as low as the first
        c.seatRisk = 28e18;
        c.rounds[1].fee = 45e18;
        rules.requireSound(c);
        c = _courtConfigs()[0];
        c.rounds[2].fee = 183e18 - 1;
        _refuses(c, _fee(2, 183e18 - 1, 183e18, type(uint96).max));
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
        c.rounds[2].fee = type(uint96).max;
        rules.requireSound(c);
    }

    function test_RevertWhen_APanelIsTooLarge() external {
        ICourt.Config memory c = _panelThenAll();
        (c.seatRisk, c.rounds[0].fee, c.rounds[1].fee) = (1e18, 200e18, 600e18);
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
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[1].seats = 0;
        _refuses(c, _seats(1, 0, 16));
        c = _courtConfigs()[0];
        c.rounds[0].seats = 0;
        _refuses(c, _seats(0, 0, 1));
    }

    function test_RevertWhen_TheThirdRoundIsASmallerPanel() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[2].seats = 61;
        _refuses(c, _seats(2, 61, 62));
        c.rounds[2].seats = 62;
        rules.requireSound(c);
    }

    /// @dev 15 seats, a fee of 45: between 6 and 30 for each seat.
    function test_RevertWhen_ThePanelRisksTooLittleOrTooMuch() external {
        ICourt.Config memory c = _panelThenAll();
        c.seatRisk = 6e18 - 1;
        _refuses(c, _risk(0, 90e18 - 15, 90e18, 450e18));
        c.seatRisk = 6e18;
        rules.requireSound(c);
        c.seatRisk = 30e18 + 1;
        _refuses(c, _risk(0, 450e18 + 15, 90e18, 450e18));
        c.seatRisk = 30e18;
        rules.requireSound(c);
    }

    function test_RevertWhen_TheSecondPanelRisksTooMuch() external {
        ICourt.Config memory c = _courtConfigs()[0];
        c.rounds[1].seats = 62;
        _refuses(c, _risk(1, 1_860e18, 366e18, 1_830e18));
    }

    /* NESTING */

    /// @dev Votes are as old as `maturity` when the case opens; who left since is gone 21 days after it left.
    function test_RevertWhen_TheLastCommitOutlivesUnbonding() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint256 before = 24 hours + 2 * 12 hours + (24 + 24 + 36 + 36 + 24 + 36) * 1 hours;
        c.rounds[2].commit = uint32(LATEST_COMMIT - before + 1);
        _refuses(c, abi.encodeWithSelector(ICourt.OutlivesUnbonding.selector, LATEST_COMMIT + 1, LATEST_COMMIT));
        c.rounds[2].commit -= 1;
        rules.requireSound(c);
    }

    function test_RevertWhen_TheCaseOutlivesTheModuleDelay() external {
        ICourt.Config memory c = _courtConfigs()[0];
        uint256 before = 24 hours + 2 * 12 hours + (24 + 24 + 36 + 36 + 24 + 36 + 72) * 1 hours;
        c.rounds[2].reveal = uint32(LATEST_END - before + 1);
        _refuses(c, abi.encodeWithSelector(ICourt.OutlivesModuleDelay.selector, LATEST_END + 1, LATEST_END));
        c.rounds[2].reveal -= 1;
        rules.requireSound(c);
    }

    function test_AFullVoteWaitsForNoSeed() external view {
        ICourt.Config memory c = _full(uint32(LATEST_COMMIT - 1 days));
        c.seeding = type(uint32).max;
        rules.requireSound(c);
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
        uint16[3] memory seats,
        uint32[9] memory windows,
        uint256[3] memory fees,
        uint256 seatRisk
    ) external view {
        ICourt.Config memory c = ICourt.Config(1, 1, 0, 200, new ICourt.RoundTerms[](bound(count, 1, 3)));
        c.evidence = uint32(bound(windows[0], 58 minutes, 8 days));
        c.seeding = uint32(bound(windows[1], 58 minutes, 3 days));
        uint256 fee = 1;
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            c.rounds[i].seats = uint16(bound(seats[i], 20 * i, 20 * i + 25));
            c.rounds[i].commit = uint32(bound(windows[2 + i], 0, 5 days));
            c.rounds[i].reveal = uint32(bound(windows[5 + i], 58 minutes, 5 days));
            bool isLast = i + 1 == c.rounds.length;
            c.rounds[i].appeal = isLast ? 0 : uint32(bound(windows[8], 58 minutes, 5 days));
            fee = bound(fees[i], fee, 30 * fee);
            c.rounds[i].fee = uint96(fee);
        }
        if (c.rounds[c.rounds.length - 1].seats % 2 == 0) c.rounds[c.rounds.length - 1].seats = 0;
        c.seatRisk = uint96(bound(seatRisk, 0, c.rounds[0].fee));
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
            if (r.seats > 0 && c.seeding < 1 hours) return false;
            if (r.commit == 0 || r.reveal < 1 hours) return false;
            if (i + 1 < c.rounds.length && r.appeal < 1 hours) return false;
        }
        return true;
    }

    function _moneyDeters(ICourt.Config memory c) private pure returns (bool) {
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            if (i > 0 && r.fee < c.rounds[i - 1].fee) return false;
            if (i == 1 && r.fee > 20 * uint256(c.rounds[0].fee)) return false;
            if (r.seats == 0 && i + 1 == c.rounds.length) continue;
            if (r.seats == 0 || (i > 0 && r.seats <= c.rounds[i - 1].seats)) return false;
            uint256 risk = uint256(r.seats) * c.seatRisk;
            if (risk < 2 * uint256(r.fee) || risk > 10 * uint256(r.fee)) return false;
        }
        return true;
    }

    /// @dev Backwards, unlike the contract: what is left of a case at its last commit is that round's reveal.
    function _nests(ICourt.Config memory c) private pure returns (bool) {
        uint256 whole = c.evidence;
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            ICourt.RoundTerms memory r = c.rounds[i];
            whole += uint256(r.commit) + r.reveal + r.appeal + (r.seats > 0 ? c.seeding : 0);
        }
        return whole <= LATEST_END && whole - c.rounds[c.rounds.length - 1].reveal <= LATEST_COMMIT;
    }

    /* HELPERS */

    function _deploy(uint256 maturity, uint256 minWindow) private returns (ConfigRules deployed) {
        bytes memory code = _shippedCode("contracts/court/ConfigRules.sol:ConfigRules");
        bytes memory all = abi.encodePacked(code, abi.encode(protocol.vault, maturity, minWindow));
        assembly ("memory-safe") {
            deployed := create(0, add(all, 0x20), mload(all))
        }
        assertGt(address(deployed).code.length, 0);
    }

    /// @dev All vote, once; `commit` is 1 day if 0.
    function _full(uint32 commit) private pure returns (ICourt.Config memory c) {
        c = _courtConfigs()[0];
        c.rounds = new ICourt.RoundTerms[](1);
        c.rounds[0] = ICourt.RoundTerms(0, uint32(commit == 0 ? 1 days : commit), 1 days, 0, 60e18);
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

    function _risk(uint256 round, uint256 risk, uint256 minimum, uint256 maximum) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.RiskOutOfBounds.selector, round, risk, minimum, maximum);
    }
}
