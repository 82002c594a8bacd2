// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { Ruling } from "../types/Ruling.sol";

/// @title Waterfall
/// @notice Who gets what when a case is over. Party 0 is the opener, party r who financed the appeal to round r; each
/// put down a bond and the fee of its round. Every unit is given to somebody: shares are rounded down, dust goes to the
/// reserve.
library Waterfall {
    uint256 private constant BPS = 10_000;
    /// @dev The reserve's part of a penalty comes first, so that overturning oneself through friends always loses it.
    uint256 private constant RESERVE_BPS = 4_000;
    uint256 private constant BOUNTY_BPS = 5_000;

    /// @notice What a party asked for and put down.
    struct Party {
        Ruling asked;
        uint256 bond;
        uint256 fee; // of its round
        uint256 returned; // of the fee, by the court
    }

    /// @notice The sum of `payouts`, `toOperator` and `toReserve` is all bonds, all returned fees and `fees` and
    /// `bounty` out of the penalty.
    struct Division {
        uint256[3] payouts; // to each party
        uint256 toOperator;
        uint256 toReserve; // of bonds; what is left of the penalty is the reserve's without being named here
        uint256 fees; // out of the penalty, in `payouts`
        uint256 bounty; // out of the penalty; in `payouts` if the case was decided, the prover's if it was proven
    }

    /// @notice Divides what a decided case leaves. If an appeal turned the ruling, its financiers have half of the
    /// bounty, at most half of the fee of the round that they turned: jurors who rule wrongly to turn it themselves
    /// lose more.
    /// @dev A wrong majority of a panel that has its quorum holds more than a sixth of the seats; it forfeits at least
    /// a sixth of the fee (half of a risk of 2 fees a seat) and gives up at least half of it.
    /// @param penalty that was seized, 0 unless `Overturned`.
    /// @param turnedIn the last round that changed a ruling other than `Undecided`, 0 for none.
    /// @param count parties.
    function decided(
        Ruling ruling,
        uint256 penalty,
        uint256 turnedIn,
        Party[3] memory parties,
        uint256 count
    ) internal pure returns (Division memory d) {
        bool decisive = ruling != Ruling.Undecided;
        uint256 owed = 0; // fees of the winners
        uint256 lost = 0; // bonds of the losers
        for (uint256 i = 0; i < count; ++i) {
            if (!decisive) continue;
            if (parties[i].asked == ruling) owed += parties[i].fee - parties[i].returned;
            else lost += parties[i].bond;
        }
        uint256 fromBonds = Math.min(lost, owed);
        if (ruling == Ruling.Overturned) (d.fees, d.bounty) = ofPenalty(penalty, owed - fromBonds);
        else d.toOperator = (lost - fromBonds) / 2;
        d.toReserve = lost - fromBonds - d.toOperator;

        uint256 paid = fromBonds + d.fees;
        uint256 dust = paid;
        for (uint256 i = 0; i < count; ++i) {
            d.payouts[i] = parties[i].returned;
            if (decisive && parties[i].asked != ruling) continue;
            d.payouts[i] += parties[i].bond;
            if (!decisive) continue;
            uint256 compensation = _shareDown(paid, parties[i].fee - parties[i].returned, owed);
            d.payouts[i] += compensation;
            dust -= compensation;
        }
        d.toReserve += dust;
        uint256 turned = 0;
        if (turnedIn > 0 && parties[turnedIn].asked == ruling) {
            turned = Math.min(d.bounty / 2, parties[turnedIn - 1].fee / 2);
            d.payouts[turnedIn] += turned;
        }
        d.payouts[0] += d.bounty - turned;
    }

    /// @notice Divides what a case leaves that was ended by proof: everybody is made whole, the bounty is the prover's.
    function proven(uint256 penalty, Party[3] memory parties, uint256 count) internal pure returns (Division memory d) {
        uint256 spent = 0;
        for (uint256 i = 0; i < count; ++i) spent += parties[i].fee - parties[i].returned;
        (d.fees, d.bounty) = ofPenalty(penalty, spent);
        d.toReserve = d.fees;
        for (uint256 i = 0; i < count; ++i) {
            uint256 compensation = _shareDown(d.fees, parties[i].fee - parties[i].returned, spent);
            d.payouts[i] = parties[i].bond + parties[i].returned + compensation;
            d.toReserve -= compensation;
        }
    }

    /// @notice What a penalty pays after the reserve's 40 % (rounded up): fees first, then a bounty of at most half of
    /// it.
    function ofPenalty(uint256 penalty, uint256 owed) internal pure returns (uint256 fees, uint256 bounty) {
        uint256 left = penalty - Math.ceilDiv(penalty * RESERVE_BPS, BPS);
        fees = Math.min(left, owed);
        bounty = Math.min(left - fees, (penalty * BOUNTY_BPS) / BPS);
    }

    function _shareDown(uint256 amount, uint256 part, uint256 whole) private pure returns (uint256) {
        return whole == 0 ? 0 : (amount * part) / whole;
    }
}
