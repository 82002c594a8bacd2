// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { Test } from "forge-std/Test.sol";

import { Waterfall } from "../../../contracts/disputes/Waterfall.sol";
import { MAX_ROUNDS, Ruling } from "../../../contracts/types/Ruling.sol";

/// @notice Who gets what, against a second account of it that is written from the protocol's description.
contract WaterfallTest is Test {
    /// @dev What a run of the fuzzer is about.
    struct Input {
        uint8[3] asked;
        uint96[3] bonds;
        uint96[3] fees;
        uint96[3] returned;
        uint96 penalty;
        uint8 ruling;
        uint8 turnedIn;
        uint8 count;
    }

    /// @dev What a decided case comes to.
    struct Sums {
        Ruling ruling;
        uint256 lost; // bonds of who asked for another ruling
        uint256 owed; // fees of who asked for it
        uint256 pot; // to pay those
        uint256 turners; // of the bounty
    }

    /* FUZZ: DECIDED */

    function testFuzz_DecidedGivesOutEveryUnit(Input memory input) external pure {
        (Waterfall.Party[MAX_ROUNDS] memory parties, uint256 count, Ruling ruling, uint256 penalty) = _case(input);
        Waterfall.Division memory d = Waterfall.decided(ruling, penalty, input.turnedIn % count, parties, count);
        uint256 given = d.toOperator + d.toReserve;
        uint256 there = d.fees + d.bounty;
        for (uint256 i = 0; i < MAX_ROUNDS; ++i) given += d.payouts[i];
        for (uint256 i = 0; i < count; ++i) there += parties[i].bond + parties[i].returned;
        assertEq(given, there);
        // The reserve's 40 % come first.
        assertLe((d.fees + d.bounty) * 10, penalty * 6);
        assertLe(d.bounty * 2, penalty);
        for (uint256 i = count; i < MAX_ROUNDS; ++i) assertEq(d.payouts[i], 0);
    }

    function testFuzz_DecidedAgreesWithTheDescription(Input memory input) external pure {
        (Waterfall.Party[MAX_ROUNDS] memory parties, uint256 count, Ruling ruling, uint256 penalty) = _case(input);
        uint256 turnedIn = input.turnedIn % count;
        Waterfall.Division memory d = Waterfall.decided(ruling, penalty, turnedIn, parties, count);
        Sums memory s = Sums(ruling, _lost(ruling, parties, count), _owed(ruling, parties, count), 0, 0);
        _assertPenalty(d, s, penalty);
        s.pot = Math.min(s.owed, s.lost) + d.fees;
        // Theirs who financed the round that turned the ruling, and had asked for it: half of the bounty, at most half of
        // the fee of the round before.
        if (turnedIn > 0 && parties[turnedIn].asked == ruling) {
            s.turners = Math.min(d.bounty, parties[turnedIn - 1].fee) / 2;
        }
        uint256 handed = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 due = _dueOf(s, parties[i]);
            handed += due;
            if (i == 0) due += d.bounty - s.turners;
            if (i > 0 && i == turnedIn) due += s.turners;
            assertEq(d.payouts[i], due + parties[i].returned + _bondBack(ruling, parties[i]), "payout");
        }
        assertEq(d.toReserve + d.toOperator, Math.saturatingSub(s.lost, s.owed) + s.pot - handed, "reserve");
        // Less than one unit is lost in each division.
        assertLt(s.pot - handed, MAX_ROUNDS);
    }

    /// @dev Nobody who asked for the final ruling gets less than its bond and what came back of its fee.
    function testFuzz_WhoIsRightKeepsItsBond(Input memory input) external pure {
        (Waterfall.Party[MAX_ROUNDS] memory parties, uint256 count, Ruling ruling, uint256 penalty) = _case(input);
        Waterfall.Division memory d = Waterfall.decided(ruling, penalty, 0, parties, count);
        bool decisive = ruling != Ruling.Undecided;
        for (uint256 i = 0; i < count; ++i) {
            bool right = !decisive || parties[i].asked == ruling;
            if (right)
                assertGe(d.payouts[i], parties[i].bond + parties[i].returned);
                // The opener takes bounties, which there are for one ruling only: its own.
            else assertEq(d.payouts[i], parties[i].returned);
            if (i > 0) assertLe(d.payouts[i], parties[i].bond + parties[i].fee);
        }
    }

    /* FUZZ: PROVEN */

    function testFuzz_ProvenGivesOutEveryUnit(Input memory input) external pure {
        (Waterfall.Party[MAX_ROUNDS] memory parties, uint256 count, , ) = _case(input);
        uint256 penalty = input.penalty;
        Waterfall.Division memory d = Waterfall.proven(penalty, parties, count);
        uint256 spent = 0;
        for (uint256 i = 0; i < count; ++i) spent += parties[i].fee - parties[i].returned;
        uint256 left = (penalty * 6) / 10;
        assertEq(d.fees, left < spent ? left : spent, "fees");
        assertEq(d.bounty, left - d.fees < penalty / 2 ? left - d.fees : penalty / 2, "bounty");
        uint256 sum = d.toReserve;
        uint256 there = d.fees;
        for (uint256 i = 0; i < count; ++i) {
            uint256 cost = parties[i].fee - parties[i].returned;
            uint256 due = spent == 0 ? 0 : (d.fees * cost) / spent;
            assertEq(d.payouts[i], parties[i].bond + parties[i].returned + due, "payout");
            // Whole, if the penalty suffices.
            if (spent <= left) assertEq(d.payouts[i], parties[i].bond + parties[i].fee, "made whole");
            sum += d.payouts[i];
            there += parties[i].bond + parties[i].returned;
        }
        assertEq(sum, there);
        assertEq(d.toOperator, 0);
        assertLt(d.toReserve, MAX_ROUNDS, "dust only");
    }

    function testFuzz_PenaltyPaysTheReserveFirst(uint96 penalty, uint128 owed) external pure {
        (uint256 fees, uint256 bounty) = Waterfall.ofPenalty(penalty, owed);
        uint256 kept = uint256(penalty) - fees - bounty;
        assertGe(kept * 10, uint256(penalty) * 4);
        assertLe(fees, owed);
        assertLe(bounty * 2, penalty);
        // Fees before the bounty.
        if (fees < owed) assertEq(bounty, 0);
    }

    /* BRANCHES, BY HAND */

    function test_OverturnedAtOnce() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 0);
        _assert(Waterfall.decided(Ruling.Overturned, 400, 0, p, 1), [uint256(183 + 45 + 195), 0, 0], 0, 0, 45, 195);
    }

    function test_BountyIsHalfThePenaltyWhereTheLosersPaidTheFees() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 0);
        p[1] = Waterfall.Party(Ruling.Upheld, 366, 183, 0);
        _assert(Waterfall.decided(Ruling.Overturned, 400, 0, p, 2), [uint256(183 + 45 + 200), 0, 0], 0, 321, 0, 200);
    }

    function test_TurnedAppealHalvesTheBounty() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 60, 60);
        p[1] = Waterfall.Party(Ruling.Overturned, 366, 183, 0);
        // 57 are left for the bounty; the odd unit is the opener's.
        uint256[3] memory payouts = [uint256(183 + 60 + 29), 366 + 183 + 28, 0];
        _assert(Waterfall.decided(Ruling.Overturned, 400, 1, p, 2), payouts, 0, 0, 183, 57);
    }

    /// @dev Jurors who rule wrongly to turn it themselves must lose more than they gain.
    function test_TurnedAppealTakesAtMostHalfTheFeeThatItTurned() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 45);
        p[1] = Waterfall.Party(Ruling.Overturned, 366, 183, 0);
        uint256[3] memory payouts = [uint256(183 + 45 + 35), 366 + 183 + 22, 0];
        _assert(Waterfall.decided(Ruling.Overturned, 400, 1, p, 2), payouts, 0, 0, 183, 57);
    }

    /// @dev Whoever financed the round that turned the ruling, but had asked for another one, has no share in it.
    function test_TurnedByWhoAskedForAnotherRulingSharesNothing() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 45);
        p[1] = Waterfall.Party(Ruling.Undecided, 366, 183, 0);
        _assert(Waterfall.decided(Ruling.Overturned, 400, 1, p, 2), [uint256(183 + 45 + 200), 0, 0], 0, 366, 0, 200);
    }

    function test_ShortPoolsPayProRata() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 10, 100, 0);
        p[1] = Waterfall.Party(Ruling.Upheld, 20, 50, 0);
        p[2] = Waterfall.Party(Ruling.Overturned, 40, 300, 0);
        // 20 from the loser's bond and 60 of the penalty for 400 of fees.
        _assert(Waterfall.decided(Ruling.Overturned, 100, 2, p, 3), [uint256(30), 0, 100], 0, 0, 60, 0);
    }

    function test_UpheldHalvesWhatIsLeft() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 0);
        _assert(Waterfall.decided(Ruling.Upheld, 0, 0, p, 1), [uint256(0), 0, 0], 91, 92, 0, 0);
    }

    function test_UndecidedGivesBondsBack() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 22);
        p[1] = Waterfall.Party(Ruling.Undecided, 366, 183, 91);
        _assert(Waterfall.decided(Ruling.Undecided, 0, 0, p, 2), [uint256(205), 457, 0], 0, 0, 0, 0);
    }

    function test_ProvenMakesEverybodyWhole() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 0);
        p[1] = Waterfall.Party(Ruling.Upheld, 366, 183, 92);
        // The bounty of 104 is in nobody's payout: it is the prover's.
        _assert(Waterfall.proven(400, p, 2), [uint256(228), 549, 0], 0, 0, 136, 104);
    }

    function test_WithoutPenaltyNothingIsMadeGood() external pure {
        Waterfall.Party[MAX_ROUNDS] memory p;
        p[0] = Waterfall.Party(Ruling.Overturned, 183, 45, 0);
        _assert(Waterfall.decided(Ruling.Overturned, 0, 0, p, 1), [uint256(183), 0, 0], 0, 0, 0, 0);
        _assert(Waterfall.proven(0, p, 1), [uint256(183), 0, 0], 0, 0, 0, 0);
    }

    /* HELPERS */

    /// @dev A case that can be: the opener asks for `Overturned`, and nothing is seized without it.
    function _case(
        Input memory input
    ) private pure returns (Waterfall.Party[MAX_ROUNDS] memory parties, uint256 count, Ruling ruling, uint256 penalty) {
        count = 1 + (input.count % MAX_ROUNDS);
        ruling = Ruling(input.ruling % 3);
        penalty = ruling == Ruling.Overturned ? input.penalty : 0;
        for (uint256 i = 0; i < MAX_ROUNDS; ++i) {
            uint256 fee = input.fees[i];
            parties[i] = Waterfall.Party({
                asked: i == 0 ? Ruling.Overturned : Ruling(input.asked[i] % 3),
                bond: input.bonds[i],
                fee: fee,
                returned: input.returned[i] % (fee + 1)
            });
        }
    }

    function _lost(
        Ruling ruling,
        Waterfall.Party[MAX_ROUNDS] memory parties,
        uint256 count
    ) private pure returns (uint256 sum) {
        if (ruling == Ruling.Undecided) return 0;
        for (uint256 i = 0; i < count; ++i) if (parties[i].asked != ruling) sum += parties[i].bond;
    }

    function _owed(
        Ruling ruling,
        Waterfall.Party[MAX_ROUNDS] memory parties,
        uint256 count
    ) private pure returns (uint256 sum) {
        if (ruling == Ruling.Undecided) return 0;
        for (uint256 i = 0; i < count; ++i) {
            if (parties[i].asked == ruling) sum += parties[i].fee - parties[i].returned;
        }
    }

    /// @dev What the penalty and the losers' bonds pay besides fees.
    function _assertPenalty(Waterfall.Division memory d, Sums memory s, uint256 penalty) private pure {
        uint256 left = (penalty * 6) / 10; // what 40 %, rounded up, leaves
        assertEq(d.fees, Math.min(left, Math.saturatingSub(s.owed, s.lost)), "fees");
        assertEq(d.bounty, Math.min(left - d.fees, penalty / 2), "bounty");
        assertEq(d.toOperator, s.ruling == Ruling.Upheld ? Math.saturatingSub(s.lost, s.owed) / 2 : 0, "operator");
    }

    function _bondBack(Ruling ruling, Waterfall.Party memory party) private pure returns (uint256) {
        return ruling == Ruling.Undecided || party.asked == ruling ? party.bond : 0;
    }

    function _dueOf(Sums memory s, Waterfall.Party memory party) private pure returns (uint256) {
        if (s.ruling == Ruling.Undecided || party.asked != s.ruling || s.owed == 0) return 0;
        return ((party.fee - party.returned) * s.pot) / s.owed;
    }

    function _assert(
        Waterfall.Division memory d,
        uint256[3] memory payouts,
        uint256 toOperator,
        uint256 toReserve,
        uint256 fees,
        uint256 bounty
    ) private pure {
        for (uint256 i = 0; i < MAX_ROUNDS; ++i) assertEq(d.payouts[i], payouts[i], "payout");
        assertEq(d.toOperator, toOperator, "operator");
        assertEq(d.toReserve, toReserve, "reserve");
        assertEq(d.fees, fees, "fees");
        assertEq(d.bounty, bounty, "bounty");
    }
}
