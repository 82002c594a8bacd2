// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { Sortition } from "../../../contracts/court/Sortition.sol";

/// @notice Seats and parts. The statistics draw from fixed seeds, so they always say the same; their bounds are those
/// that a right draw exceeds once in a million runs. CREDENCE_STATISTICS_RUNS sets how many seeds they take.
contract SortitionTest is Test {
    bytes32 private constant CASE = keccak256("case");
    uint256 private constant TOTAL = 1_000_003e18;
    uint256 private constant SEATS = 15;
    uint256 private constant PARTS = 1 << 31;
    /// @dev Sizes of the population below: a few large holders, many small ones.
    uint256 private constant HOLDERS = 40;

    uint256 private runs;
    address[] private voters;
    uint256[] private votes;
    uint256[] private seatsOf;

    function setUp() external {
        runs = vm.envOr("CREDENCE_STATISTICS_RUNS", uint256(2_000));
        uint256 left = TOTAL;
        for (uint256 i = 0; i + 1 < HOLDERS; ++i) {
            voters.push(address(uint160(0x1000 + i)));
            votes.push(left / (i < 4 ? 9 : 12));
            left -= votes[i];
        }
        voters.push(address(uint160(0x1000 + HOLDERS)));
        votes.push(left);
        seatsOf = new uint256[](HOLDERS);
    }

    /* THE FORMULA */

    /// @dev Written from the documents: `w * E / T` seats, the fraction by chance.
    function testFuzz_SeatsAreTheWholeOnesAndOneByChance(
        bytes32 seed,
        bytes32 caseId,
        uint256 round,
        address voter,
        uint256 stake,
        uint256 total,
        uint256 expected
    ) external pure {
        total = bound(total, 1, type(uint128).max);
        stake = bound(stake, 0, total);
        expected = bound(expected, 1, 1 << 16);
        uint256 whole = (stake * expected) / total;
        uint256 rest = stake * expected - whole * total;
        uint256 draw = uint256(keccak256(bytes.concat(seed, caseId, bytes32(round), bytes32(uint256(uint160(voter))))));
        uint256 actual = Sortition.seats(seed, caseId, round, voter, stake, total, expected);
        assertEq(actual, whole + (draw % total < rest ? 1 : 0));
        assertLe(actual * total, stake * expected + total);
    }

    function testFuzz_NoStakeNoSeat(bytes32 seed, address voter) external pure {
        assertEq(Sortition.seats(seed, CASE, 0, voter, 0, TOTAL, SEATS), 0);
    }

    /// @dev Who has all has exactly the panel; a share that buys whole seats leaves nothing to chance.
    function testFuzz_WholeSeatsAreCertain(bytes32 seed, address voter, uint256 seats) external pure {
        seats = bound(seats, 0, SEATS);
        assertEq(Sortition.seats(seed, CASE, 0, voter, seats * 1e18, SEATS * 1e18, SEATS), seats);
    }

    function test_SeedCaseRoundAndVoterEachChangeTheDraw() external pure {
        bytes32 seed = keccak256("seed");
        uint256[4] memory changed;
        for (uint256 i = 0; i < 256; ++i) {
            address voter = address(uint160(i + 1));
            uint256 seats = Sortition.seats(seed, CASE, 0, voter, TOTAL / 30, TOTAL, SEATS);
            bytes32 other = bytes32(uint256(seed) ^ 1);
            if (Sortition.seats(other, CASE, 0, voter, TOTAL / 30, TOTAL, SEATS) != seats) ++changed[0];
            other = bytes32(uint256(CASE) ^ 1);
            if (Sortition.seats(seed, other, 0, voter, TOTAL / 30, TOTAL, SEATS) != seats) ++changed[1];
            if (Sortition.seats(seed, CASE, 1, voter, TOTAL / 30, TOTAL, SEATS) != seats) ++changed[2];
            voter = address(uint160(i + 2));
            if (Sortition.seats(seed, CASE, 0, voter, TOTAL / 30, TOTAL, SEATS) != seats) ++changed[3];
        }
        // At a chance of a half two independent draws differ half the time: 128, standard deviation 8.
        for (uint256 i = 0; i < 4; ++i) assertApproxEqAbs(changed[i], 128, 39);
    }

    /* PARTS */

    function testFuzz_PartsAreRoundedDown(uint256 stake, uint256 total) external pure {
        total = bound(total, 1, type(uint128).max);
        stake = bound(stake, 0, total);
        uint256 parts = Sortition.parts(stake, total);
        assertLe(parts * total, stake * PARTS);
        assertGt((parts + 1) * total, stake * PARTS);
    }

    function testFuzz_SplittingGainsNoParts(uint256 a, uint256 b, uint256 total) external pure {
        total = bound(total, 1, type(uint128).max);
        a = bound(a, 0, total);
        b = bound(b, 0, total - a);
        assertLe(Sortition.parts(a, total) + Sortition.parts(b, total), Sortition.parts(a + b, total));
    }

    function test_AllIsAllParts() external pure {
        assertEq(Sortition.parts(TOTAL, TOTAL), PARTS);
        assertEq(Sortition.parts(0, TOTAL), 0);
        // At 1,000 million tokens one part is half a token.
        assertEq(Sortition.parts(1e18, 1e27), 2);
        assertEq(Sortition.parts(4e17, 1e27), 0);
    }

    /* STATISTICS */

    /// @dev Each holder's seats over all seeds are a sum of independent draws of known chance; squares of their
    /// standardised deviations add up to chi-square with one degree for each holder. 40 degrees: above 98.2, or below
    /// 10.4, once in a million each.
    function test_SeatsFollowStake() external {
        uint256 total = 0;
        for (uint256 run = 0; run < runs; ++run) total += this.drawPanel(_seed(run));
        assertGt(total, 0);
        uint256 chiSquare = 0; // 1e9
        for (uint256 i = 0; i < HOLDERS; ++i) {
            (uint256 mean, uint256 variance) = _expected(votes[i]);
            chiSquare += _square(seatsOf[i] * 1e9, mean * runs) / (variance * runs);
        }
        emit log_named_decimal_uint("chi-square, 40 degrees", chiSquare, 9);
        assertLt(chiSquare, 98.2e9);
        assertGt(chiSquare, 10.4e9);
    }

    /// @dev The panel's size has mean 15 and the variance of its holders' chances together: 4.9 standard errors of
    /// either (once in a million) are allowed.
    function test_PanelsHaveTheExpectedMeanAndSpread() external {
        uint256 sum = 0;
        uint256 squares = 0;
        for (uint256 run = 0; run < runs; ++run) {
            uint256 size = this.drawPanel(_seed(run + 1e6));
            sum += size;
            squares += size * size;
        }
        uint256 variance = 0; // 1e9, of one panel
        for (uint256 i = 0; i < HOLDERS; ++i) {
            (, uint256 own) = _expected(votes[i]);
            variance += own;
        }
        emit log_named_decimal_uint("mean size of the panel", (sum * 1e9) / runs, 9);
        // (sum - 15 n)^2 < 4.9^2 * n * variance
        assertLt(_square(sum * 1e9, SEATS * runs * 1e9), 24e9 * variance * runs);
        uint256 measured = (squares * 1e9) / runs - (sum * sum * 1e9) / (runs * runs);
        emit log_named_decimal_uint("variance measured", measured, 9);
        emit log_named_decimal_uint("variance expected", variance, 9);
        // (measured - variance)^2 < 4.9^2 * 2 variance^2 / n, the kurtosis of a sum of many draws being near 3
        assertLt(_square(measured, variance) * runs, 48 * variance * variance);
    }

    /// @dev A tenth of all stake has 1.5 seats in the mean, whether one account holds it or a hundred: z below 4.9.
    function test_SplittingGainsNoSeats() external {
        _assertSplit(1);
        _assertSplit(10);
        _assertSplit(100);
    }

    /// @dev No address is luckier than another: choosing one helps only who knows the seed, and stake is mature long before.
    function test_AddressesHaveEqualChances() external {
        uint256 chiSquare = 0;
        for (uint256 i = 0; i < 40; ++i) {
            uint256 seats = this.drawOne(address(uint160(uint256(keccak256(abi.encode("address", i))))), i * runs);
            // The chance of a seat is a half: (seats - n/2)^2 / (n/4).
            chiSquare += (_square(2 * seats, runs) * 1e9) / runs;
        }
        emit log_named_decimal_uint("chi-square, 40 degrees", chiSquare, 9);
        assertLt(chiSquare, 98.2e9);
        assertGt(chiSquare, 10.4e9);
    }

    /* CALLED BY THE TEST ITSELF, so that memory does not grow */

    /// @return size of the panel.
    function drawPanel(bytes32 seed) external returns (uint256 size) {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            uint256 seats = Sortition.seats(seed, CASE, 0, voters[i], votes[i], TOTAL, SEATS);
            if (seats == 0) continue;
            seatsOf[i] += seats;
            size += seats;
        }
    }

    /// @return sum of the seats of `accounts` that hold a tenth of all stake together.
    function drawSplit(bytes32 seed, uint256 accounts) external pure returns (uint256 sum) {
        uint256 total = 1_000e18;
        for (uint256 i = 0; i < accounts; ++i) {
            address voter = address(uint160((accounts << 32) + i));
            sum += Sortition.seats(seed, CASE, 0, voter, 100e18 / accounts, total, SEATS);
        }
    }

    /// @return sum of the seats of one account that has one with a chance of a half, over all runs.
    function drawOne(address voter, uint256 first) external view returns (uint256 sum) {
        for (uint256 run = 0; run < runs; ++run) {
            sum += Sortition.seats(_seed(2e6 + first + run), CASE, 0, voter, 1e18, 30e18, SEATS);
        }
    }

    function _assertSplit(uint256 accounts) private {
        uint256 sum = 0;
        for (uint256 run = 0; run < runs; ++run) sum += this.drawSplit(_seed(run + 3e6), accounts);
        // Each holds 15 / (10 accounts) seats: for 1 account one for sure and one by chance.
        uint256 chance = ((15e9 / (10 * accounts)) % 1e9);
        uint256 variance = (accounts * chance * (1e9 - chance)) / 1e9; // 1e9
        emit log_named_uint("accounts", accounts);
        emit log_named_decimal_uint("mean seats of a tenth of the stake", (sum * 1e9) / runs, 9);
        assertLt(_square(sum * 1e9, 1.5e9 * runs), 24e9 * variance * runs);
    }

    /// @return mean of an account's seats, 1e9.
    /// @return variance of them, 1e9.
    function _expected(uint256 stake) private pure returns (uint256 mean, uint256 variance) {
        mean = (stake * SEATS * 1e9) / TOTAL;
        uint256 chance = mean % 1e9;
        variance = (chance * (1e9 - chance)) / 1e9;
    }

    function _square(uint256 a, uint256 b) private pure returns (uint256) {
        uint256 difference = a > b ? a - b : b - a;
        return difference * difference;
    }

    function _seed(uint256 run) private pure returns (bytes32) {
        return keccak256(abi.encode("seed", run));
    }
}
